"""All that can go wrong on the way to Slack: every question ends, with the right reason, and asks a person once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.slack.pace import POST, UPDATE, Limits
from bot.address import Address
from bot.events import Arrival, ScoreChosen
from bot.invitation import Invitation, State
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from scheduler.room import BREATHER
from storage.keys import Keyring
from tests.flows.slack_world import NO_LIMITS, SlackWorld, direct, shared, slack_world
from tests.flows.telegram_world import in_hand_no_more
from tests.slack_api.faults import Faults
from tests.slack_api.limits import Limits as Kept
from tests.slack_api.places import Message

AT_ONCE = 50
PAUSE = 30  # seconds; more than a message in hand is held
RATES = {
    "429": 0.02, "500": 0.04, "503": 0.03, "close_before": 0.03, "close_after": 0.03, "timeout": 0.01,
    "channel_not_found": 0.02, "restricted_action": 0.02, "messages_tab_disabled": 0.02, "msg_too_long": 0.01,
}  # fmt: skip
DONE_AND_LOST = {"close_after", "timeout"}  # the message stands in the chat, and we do not know
FINAL = {
    "channel_not_found": "unreachable", "restricted_action": "no_rights", "messages_tab_disabled": "no_direct_messages",
    "msg_too_long": "refused",
}  # fmt: skip


def from_bot(slack: SlackWorld, person: str) -> list[Message]:
    return [one for one in slack.api.state.direct(person).messages if one.user == slack.api.state.bot.id]


async def tell(slack: SlackWorld, address: Address, words: str, *, alone: bool = False) -> None:
    prompt = Prompt(PromptKind.INFO, "en", title=words)
    told = Dispatch(workspace="default", address=address, prompt=prompt, alone=alone)
    await slack.here.store.write(lambda uow: uow.outbox.add([told], slack.here.clock.now()))


async def breathe(slack: SlackWorld) -> None:
    """The sender may rest for a moment after a turn that is far away; the pause lasts much longer."""
    await in_hand_no_more(slack.here)
    slack.here.clock.advance(seconds=BREATHER.total_seconds())
    await slack.delivery.claim()


async def tap(slack: SlackWorld, asked: Invitation) -> None:
    assert asked.address is not None
    await slack.here.store.record(
        Arrival(
            event_id=f"tap-{asked.id}",
            workspace="default",
            address=asked.address,
            event=ScoreChosen(5),
            invitation=asked.id,
            message=asked.message,
        )
    )


@pytest.mark.timeout(240)
async def test_every_ask_ends_in_all_kinds_of_trouble(
    sqlite_url: str, keyring: Keyring, record_property: Callable[[str, object], None]
) -> None:
    asks = 300
    async with slack_world(sqlite_url, keyring, seconds=1) as slack:
        people = [one.id for one in await slack.meet(range(asks))]
        faults = slack.api.faults = Faults(7, RATES, retry_after=PAUSE)
        made: dict[str, Invitation] = {}
        for first in range(0, asks, AT_ONCE):
            some = people[first : first + AT_ONCE]
            asked = await asyncio.gather(*(slack.here.asked(to=direct(one)) for one in some))
            made |= dict(zip(some, asked, strict=True))
        await slack.run()
        assert set(faults.counts) == set(RATES), "each kind of trouble has happened"

        found = {person: await slack.here.invitation(one.id) for person, one in made.items()}
        reasons = {person: FINAL[kind] for kind, _, person in faults.log if kind in FINAL}
        assert {person: one.reason for person, one in found.items() if one.state is State.FAILED} == reasons
        assert {one.state for person, one in found.items() if person not in reasons} == {State.SENT}

        lost = Counter(person for kind, _, person in faults.log if kind in DONE_AND_LOST)
        for person, one in found.items():
            messages = from_bot(slack, person)
            assert len(messages) == lost[person] + (one.state is State.SENT)
            assert one.state is State.FAILED or one.message in {f"{m.channel.id}/{m.ts}" for m in messages}
        twice = [person for person in found if len(from_bot(slack, person)) > 1]
        record_property("people who were asked twice", len(twice))
        record_property("connections that broke or timed out after the message was there", lost.total())
        assert {person for person in twice if not lost[person]} == set()

        failed = Counter(f"failed:{reason}" for reason in reasons.values())
        assert await slack.here.funnel() == {"considered": asks, "delivered": asks - failed.total(), **failed}
        assert await slack.here.differences() == []
        assert slack.api.violations == []


async def test_a_429_for_one_channel_stops_neither_another_nor_another_method(
    sqlite_url: str, keyring: Keyring
) -> None:  # fmt: skip
    async with slack_world(sqlite_url, keyring) as slack:
        kim, sam = await slack.meet(range(2))
        busy, other = (slack.api.channel(name, name.lower(), kim, sam) for name in ("C0BUSY", "C0OTHER"))
        asked = await slack.here.asked(to=direct(kim.id))
        await slack.run()
        asked = await slack.here.invitation(asked.id)
        slack.api.faults = Faults(planned={busy.id: ["429"]}, retry_after=PAUSE)
        await tell(slack, shared(busy.id), "first")
        await slack.api.until(lambda: any(call.status == 429 for call in slack.api.calls))
        began = slack.here.clock.now()

        # None of these waits for the pause to end, but what is for the busy channel.
        await tell(slack, shared(busy.id), "second")
        await tell(slack, shared(other.id), "elsewhere")
        await tell(slack, shared(other.id, kim.id), "whispered", alone=True)
        await tap(slack, asked)
        await breathe(slack)
        await slack.api.until(lambda: other.messages and kim.ephemerals(other) and from_bot(slack, kim.id)[0].edited)
        assert busy.messages == []
        assert slack.here.clock.now() - began == BREATHER
        await slack.run()
        assert [one.text for one in busy.messages] == ["first", "second"]
        posts = [call for call in slack.api.calls_of(POST) if call.channel == busy.id]
        assert [call.at - began.timestamp() >= PAUSE for call in posts] == [False, True, True]


async def test_a_429_for_a_method_leaves_the_others_alone(sqlite_url: str, keyring: Keyring) -> None:
    async with slack_world(sqlite_url, keyring) as slack:
        kim, sam, lee = await slack.meet(range(3))
        made = [await slack.here.asked(to=direct(one.id)) for one in (kim, sam)]
        await slack.run()
        slack.api.faults = Faults(planned={UPDATE: ["429"]}, retry_after=PAUSE)
        for one in made:
            await tap(slack, await slack.here.invitation(one.id))
        await slack.api.until(lambda: any(call.status == 429 for call in slack.api.calls))
        await tell(slack, direct(lee.id), "A word.")
        await breathe(slack)
        await slack.api.until(lambda: from_bot(slack, lee.id))
        await slack.run()
        assert from_bot(slack, kim.id)[0].edited
        assert from_bot(slack, sam.id)[0].edited
        assert len(slack.api.calls_of(UPDATE)) == 3


@pytest.mark.timeout(60)
async def test_a_message_a_second_in_each_channel_and_nothing_is_refused(sqlite_url: str, keyring: Keyring) -> None:
    """60 messages to three channels, each sent at its turn by a clock that jumps there."""
    async with slack_world(sqlite_url, keyring, limits=Limits()) as slack:
        kept = slack.api.limits = Kept()
        [kim] = await slack.meet([1])
        places = [shared(slack.api.channel(f"C0{n}", f"c{n}", kim).id) for n in range(3)]
        prompt = Prompt(PromptKind.INFO, "en", title="Hello.")
        began = slack.here.clock.now()
        for number in range(60):
            told = Dispatch(workspace="default", address=places[number % 3], prompt=prompt)
            slack.here.clock.at = max(slack.here.clock.at, slack.channel.turn(told))
            await slack.channel.send(told)
        assert kept.refused == []
        assert len(slack.api.calls_of(POST)) == 60
        assert slack.here.clock.now() - began == timedelta(seconds=19)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("channel_not_found", "unreachable"),
        ("user_not_found", "unreachable"),
        ("user_disabled", "unreachable"),
        ("messages_tab_disabled", "no_direct_messages"),
        ("restricted_action", "no_rights"),
        ("an_error_of_tomorrow", "refused"),
    ],
)
async def test_what_is_refused_for_good_fails_at_once(
    sqlite_url: str, keyring: Keyring, error: str, reason: str
) -> None:
    async with slack_world(sqlite_url, keyring) as slack:
        await slack.meet([1])
        slack.api.faults = Faults(planned={POST: [error]})
        made = await slack.here.asked(to=direct("U0P0001"))
        await slack.run()
        found = await slack.here.invitation(made.id)
        assert (found.state, found.reason) == (State.FAILED, reason)
        assert len(slack.api.calls_of(POST)) == 1


async def test_channels_that_are_gone_and_people_who_are(sqlite_url: str, keyring: Keyring) -> None:
    async with slack_world(sqlite_url, keyring) as slack:
        kim, lee, sam, gone, ada = await slack.meet(range(5))
        archived = slack.api.channel("C0ARCH", "arch", kim)
        foreign = slack.api.channel("C0FAR", "far", lee, bot=False)
        hidden = slack.api.channel("C0HIDDEN", "hidden", ada, kind="group", bot=False)
        fine = slack.api.channel("C0FINE", "fine", kim)
        archived.archived = True
        del slack.api.state.users[gone.id]
        places = {
            shared(archived.id, kim.id): "archived",
            shared(foreign.id, lee.id): "not_invited",
            shared(hidden.id, ada.id): "unreachable",
            shared(fine.id, sam.id): "sent",
            direct(gone.id): "unreachable",
        }
        made = {place: await slack.here.asked(to=place) for place in places}
        await slack.run()
        found = [await slack.here.invitation(one.id) for one in made.values()]
        assert [one.reason or one.state.value for one in found] == list(places.values())

        # What Sam alone would see cannot be shown to who left, and comes to nothing without being tried again.
        await tell(slack, shared(fine.id, sam.id), "For Sam alone.", alone=True)
        await slack.run()
        assert [call.error for call in slack.api.calls_of("chat.postEphemeral")] == ["user_not_in_channel"]


async def test_after_a_pause_a_long_queue_goes_out(sqlite_url: str, keyring: Keyring) -> None:
    """Rows that went back for a later turn must not have used it up."""
    few = Limits({**NO_LIMITS.per_minute, POST: 120}, channel_gap=timedelta(0))
    async with slack_world(sqlite_url, keyring, limits=few) as slack:
        people = await slack.meet(range(100))
        slack.pace.pause(POST, slack.here.clock.now() + timedelta(seconds=PAUSE))
        await asyncio.gather(*(slack.here.asked(to=direct(one.id)) for one in people))
        await slack.run()
        assert len(slack.api.calls_of(POST)) == 100
        assert len({call.at for call in slack.api.calls_of(POST)}) == 1
