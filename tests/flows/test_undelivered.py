"""A weekly message that cannot be posted: owners read it in their own chats, or it stays due until somebody does."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.address import Address
from bot.service.health import Check, Health
from bot.service.undelivered import LONGEST_WAIT, PATIENCE, Unread, unread
from bot.texts import texts
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.slack_world import SlackWorld, direct, slack_world
from tests.flows.telegram import ACCOUNT
from tests.flows.telegram_world import chat_address, in_hand_no_more, telegram_world
from tests.flows.undelivered_world import DUE, due, fates, looks, owner
from tests.slack_api.faults import Faults as SlackFaults
from tests.slack_api.places import Message
from tests.telegram_api.faults import Faults
from tests.world import TestClock, World, world

GROUP = -1002


async def nobody_read(here: World, locale: str = "en") -> list[Unread]:
    async with here.store.reading() as uow:
        return await unread(uow, "default", texts(locale))


def from_bot(slack: SlackWorld, person: str) -> list[Message]:
    return [one for one in slack.api.state.direct(person).messages if one.user == slack.api.state.bot.id]


async def checked(here: World) -> Check:
    """What `pulssi doctor` says of it."""
    checks = await Health(here.store, here.context).checks("default", serving=True)
    [found] = [one for one in checks if one.name == "weekly message"]
    return found


async def tried_at(slack: SlackWorld) -> list[timedelta]:
    """How long it waits between the tries of half a day."""
    tried = []
    for _ in range(40):
        before = len(slack.api.calls_of("chat.postMessage"))
        await looks(slack.here)
        if len(slack.api.calls_of("chat.postMessage")) > before:
            tried.append(slack.here.clock.now())
        slack.here.clock.advance(minutes=20)
    return [after - before for before, after in pairwise(tried)]


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        ("kicked", "the bot is not in the channel. Invite the bot to the channel: /invite @pulssi"),
        ("unknown", "cannot be reached. The bot finds no such person or channel."),
    ],
)
async def test_a_slack_channel_without_the_bot_is_read_in_the_owners_chats(
    database_url: str, keyring: Keyring, gone: str, reason: str
) -> None:
    async with slack_world(database_url, keyring, owner_channel=("slack:C0OWNERS",)) as slack:
        olli, sofia, eve = (slack.api.person(f"U0{name}", name) for name in ("OLLI", "SOFIA", "EVE"))
        if gone == "kicked":
            slack.api.channel("C0OWNERS", "owners", olli, bot=False)
        await owner(slack.here, "Olli", direct(olli.id))
        await owner(slack.here, "Sofia", direct(sofia.id))
        await owner(slack.here, "Eve", direct(eve.id), role=Role.STAFF)
        await due(slack.here)
        await slack.run()
        for who in (olli, sofia):
            [read] = from_bot(slack, who.id)
            seen = slack.api.seen(read)
            assert "Week 47" in seen
            assert f"This was meant for slack:C0OWNERS, where it could not be posted: {reason}" in seen
            assert "Nobody was asked" in seen, "the message itself follows"
        assert from_bot(slack, eve.id) == []
        assert [fate for _, fate, _ in await fates(slack.here)] == ["fell_back"]
        assert await slack.here.decided() == [("2026-W47", "posted")]
        assert await nobody_read(slack.here) == []
        slack.here.clock.at += timedelta(days=1)
        assert await slack.here.undelivered.look() == 0
        assert slack.api.violations == []


async def test_a_telegram_group_that_threw_the_bot_out_is_read_in_the_owners_chats(
    database_url: str, keyring: Keyring
) -> None:
    async with telegram_world(database_url, keyring, owner_channel=(f"telegram:{GROUP}",), locale="fi") as bot:
        [olli, sofia] = await bot.meet([1, 2])
        bot.api.kick(bot.api.group(GROUP, "Omistajat"), olli)
        await owner(bot.here, "Olli", chat_address(olli.id))
        await owner(bot.here, "Sofia", chat_address(sofia.id))
        await owner(bot.here, "Web")
        sofia.block()
        await due(bot.here)
        await bot.run()
        words = f"Tämä oli tarkoitettu paikkaan telegram:{GROUP}, mutta lähetys sinne ei onnistunut: "
        assert words in olli.chat.from_bot[-1].text
        assert sofia.chat.from_bot == []
        [page] = await bot.here.messages("owner")
        assert page.prompt.lines[0].startswith(words)
        assert page.prompt.title.startswith("Viikko 47")
        assert page.prompt.buttons, "what can be looked up beside it, as on the page itself"
        assert [fate for _, fate, _ in await fates(bot.here)] == ["fell_back"]


async def test_what_nobody_can_be_told_stays_due_visible_and_goes_out_once_it_can(
    database_url: str, keyring: Keyring
) -> None:
    async with slack_world(database_url, keyring, owner_channel=("slack:C0OWNERS",)) as slack:
        here, olli = slack.here, slack.api.person("U0OLLI", "Olli")
        channel = slack.api.channel("C0OWNERS", "owners", olli, bot=False)
        slack.api.state.users["U0OLLI"].deleted = True
        await owner(here, "Olli", direct("U0OLLI"))
        await due(here)
        await slack.run()
        assert await fates(here) == [("2026-W47", "undeliverable", "not_invited")]
        assert await here.decided() == [("2026-W47", "posting")]
        [told] = await nobody_read(here)
        assert (told.week, told.place) == ("2026-W47", "slack:C0OWNERS")
        assert "nor in an owner's own chat: the bot is not in the channel" in told.words
        assert (await nobody_read(here, "sv"))[0].words.startswith("Sammanfattningen 2026-W47 kunde varken skickas")
        check = await checked(here)
        assert (check.ok, "slack:C0OWNERS" in check.text) == (False, True)
        gaps = await tried_at(slack)
        assert gaps == sorted(gaps)
        assert gaps[-1] == LONGEST_WAIT
        slack.api.invite_bot(channel, olli)
        here.clock.at += LONGEST_WAIT
        await looks(here)
        assert "Week 47" in slack.api.seen([one for one in channel.messages if one.user == slack.api.state.bot.id][-1])
        assert [fate for _, fate, _ in await fates(here)] == ["delivered"]
        assert (await here.decided(), await nobody_read(here)) == ([("2026-W47", "posted")], [])
        assert (await checked(here)).ok


async def test_a_new_destination_gets_what_the_old_one_never_got(database_url: str, keyring: Keyring) -> None:
    async with slack_world(database_url, keyring, owner_channel=("slack:C0OLD",)) as slack:
        new = slack.api.channel("C0NEW", "new", slack.api.person("U0OLLI", "Olli"))
        await due(slack.here)
        await slack.run()
        assert await slack.here.undelivered.look() == 0, "it is not due yet"
        await slack.here.set(owner_channel="slack:C0NEW")
        await looks(slack.here)
        [read] = new.messages
        assert "Week 47" in slack.api.seen(read)
        assert [fate for _, fate, _ in await fates(slack.here)] == ["delivered"]
        await slack.here.set(owner_channel="webchat:owner")
        await looks(slack.here)
        assert await slack.here.messages("owner") == [], "the week was read"


async def test_an_outage_of_an_hour_is_read_at_the_page_and_the_late_copy_is_not_sent(
    database_url: str, keyring: Keyring
) -> None:
    async with telegram_world(database_url, keyring, owner_channel=(f"telegram:{GROUP}",)) as bot:
        group = bot.api.group(GROUP, "Owners")
        await owner(bot.here, "Web")
        bot.api.faults = Faults(0, {"500": 1.0})
        await due(bot.here)
        await in_hand_no_more(bot.here)
        bot.here.clock.at += PATIENCE
        await looks(bot.here)
        assert await bot.here.messages("owner") == [], "an hour is not over before it is"
        bot.here.clock.advance(seconds=1)
        await looks(bot.here)
        [page] = await bot.here.messages("owner")
        assert "it could not be sent for an hour" in page.prompt.lines[0]
        assert [fate for _, fate, _ in await fates(bot.here)] == ["fell_back"]
        bot.api.faults = None
        bot.here.clock.advance(hours=2)
        await bot.run()
        assert group.from_bot == []


async def test_an_outage_longer_than_that_stays_due_while_no_owner_is_there(sqlite_url: str, keyring: Keyring) -> None:
    async with slack_world(sqlite_url, keyring, owner_channel=("slack:C0OWNERS",)) as slack:
        channel = slack.api.channel("C0OWNERS", "owners", slack.api.person("U0OLLI", "Olli"))
        slack.api.faults = SlackFaults(always={("chat.postMessage", ""): "503"})
        await due(slack.here)
        await in_hand_no_more(slack.here)
        slack.here.clock.at += PATIENCE + timedelta(seconds=1)
        await looks(slack.here)
        assert await fates(slack.here) == [("2026-W47", "undeliverable", "out_of_reach")]
        slack.api.faults = None
        await slack.run()
        assert len(channel.messages) == 1
        assert [fate for _, fate, _ in await fates(slack.here)] == ["delivered"]


async def test_a_channel_that_is_not_connected_is_read_at_the_page_at_once(database_url: str, keyring: Keyring) -> None:
    where = ("slack:C0OWNERS", "webchat:partner")
    async with world(database_url, keyring, owner_channel=where) as here:
        await owner(here, "Web")
        await due(here)
        await here.quiet()
        await looks(here)
        [page] = await here.messages("owner")
        assert "the channel is not connected yet" in page.prompt.lines[0]
        assert len(await here.messages("partner")) == 1
        assert sorted(fate for _, fate, _ in await fates(here)) == ["delivered", "fell_back"]


async def test_where_the_same_message_is_read_anyhow_only_the_reason_is_told(sqlite_url: str, keyring: Keyring) -> None:
    async with slack_world(sqlite_url, keyring, owner_channel=("slack:C0GONE", "webchat:owner")) as slack:
        await owner(slack.here, "Web")
        await due(slack.here)
        await slack.run()
        whole, notice = await slack.here.messages("owner")
        assert "Nobody was asked" in whole.prompt.text
        assert "Nobody was asked" not in notice.prompt.text
        assert "slack:C0GONE" in notice.prompt.text


async def test_two_replicas_try_again_once(database_url: str, keyring: Keyring) -> None:
    clock = TestClock()
    where = ("slack:C0OWNERS",)
    async with (
        world(database_url, keyring, clock=clock, owner_channel=where) as one,
        world(database_url, keyring, clock=clock, owner_channel=where, owner="b") as other,
    ):
        await owner(one, "Web")
        clock.at = DUE
        await asyncio.gather(*(here.summaries.post_due() for here in (one, other)))
        await asyncio.gather(*(here.undelivered.look() for here in (one, other, one, other)))
        await one.quiet()
        await other.quiet()
        assert len(await one.messages("owner")) == 1


async def test_a_group_that_moves_takes_what_is_known_of_its_messages_along(
    database_url: str, keyring: Keyring
) -> None:
    async with telegram_world(database_url, keyring) as bot:
        await bot.here.set(owner_channel=f"telegram:{GROUP}")
        bot.api.group(GROUP, "Owners")
        bot.api.upgrade(GROUP, -1_001_234_567_890)
        await due(bot.here)
        await bot.run()
        assert [fate for _, fate, _ in await fates(bot.here)] == ["delivered"]
        async with bot.here.store.reading() as uow:
            [moved] = await uow.postings.of_week("default", "2026-W47")
        assert moved.destination.address == Address("telegram", "-1001234567890", account=ACCOUNT)


async def test_sent_again_after_it_fell_back_it_reaches_the_place(database_url: str, keyring: Keyring) -> None:
    async with slack_world(database_url, keyring, owner_channel=("slack:C0OWNERS",)) as slack:
        olli = slack.api.person("U0OLLI", "Olli")
        channel = slack.api.channel("C0OWNERS", "owners", olli, bot=False)
        await owner(slack.here, "Olli", direct(olli.id))
        await due(slack.here)
        await slack.run()
        slack.api.invite_bot(channel, olli)
        await slack.here.summaries.post_again("default")
        await slack.run()
        assert "Sent again" in slack.api.seen(channel.messages[-1])
        assert len(from_bot(slack, olli.id)) == 1
        assert [fate for _, fate, _ in await fates(slack.here)] == ["delivered"]
