"""The channel with the real client before the stand-in Slack: what arrives, and what is made of refusals."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack.channel import Slack
from adapters.slack.client import Client
from adapters.slack.pace import POST, UPDATE, WHISPER, Limits, Pace
from bot.address import Address, parse_address
from bot.errors import RecipientUnreachable, TryAgainLater
from bot.ports import Dispatch, Receipt
from bot.prompts import Action, Asker, Button, Prompt, PromptKind, question
from bot.texts import texts
from bot.values import replace
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.builders import NOON, make_invitation
from tests.slack_api.faults import Faults
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, PARTNER, TEAM
from tests.world import TestClock

QUESTION = question(make_invitation(), Asker("Acme"), texts("en"))
THANKS = Prompt(PromptKind.THANKS, "en", "invitation-1", title="Thank you.", buttons=(Button(Action.CHANGE, "Change"),))
DONE = Prompt(PromptKind.CLOSED, "en", title="Thank you.")


@dataclass
class Setup:
    """A channel, the stand-in behind it, Mikko of the team and Liisa of another, and where both read."""

    api: SlackApi
    client: Client
    clock: TestClock = field(default_factory=TestClock)

    def __post_init__(self) -> None:
        self.pace = Pace(Limits(channel_gap=timedelta(0)), self.clock.now)
        self.slack = Slack(self.client, TEAM, SignedTokens(Keyring(bytes(range(32)))), self.pace)
        self.mikko = self.api.person("U0MIKKO", "Mikko")
        self.liisa = self.api.person("U0LIISA", "Liisa", team=PARTNER)
        self.shared = self.api.channel("C0PARTNERS", "partners", self.mikko, self.liisa, shared=True)

    async def send(self, prompt: Prompt, to: Address | str = "slack:U0MIKKO", **more: Any) -> Receipt:
        address = to if isinstance(to, Address) else parse_address(to)
        return await self.slack.send(Dispatch(workspace="default", address=address, prompt=prompt, **more))

    def reply(self, how: str = "new", message: Any = None) -> str:
        with self.api.changes.changing():
            return f"{how} {self.api.state.response_url(self.shared, 'U0MIKKO', message)}"


@pytest.fixture
async def here() -> AsyncIterator[Setup]:
    api = SlackApi()
    async with serving(api) as url, Client(BOT_TOKEN, url, seconds=1) as client:
        yield Setup(api, client)
    assert api.violations == []
    assert api.warnings == []


async def test_a_question_arrives_as_text_and_buttons(here: Setup) -> None:
    receipt = await here.send(QUESTION)
    (shown,) = here.mikko.sees()
    assert receipt == Receipt(f"{here.mikko.dm.id}/{shown.ts}")
    assert [label for label, _ in shown.buttons] == ["1", "2", "3", "4", "5"]
    assert shown.text.split("\n")[0] == QUESTION.title


async def test_an_edit_replaces_text_and_buttons_and_may_come_twice(here: Setup) -> None:
    asked = (await here.send(QUESTION)).message
    for _ in range(2):
        assert await here.send(THANKS, message=asked) == Receipt(asked)
    (shown,) = here.mikko.sees()
    assert (shown.text, [label for label, _ in shown.buttons]) == ("Thank you.", ["Change"])
    await here.send(DONE, message=asked)
    assert shown.buttons == []


async def test_a_thread_is_kept_and_whom_it_is_for_is_mentioned(here: Setup) -> None:
    ticket = here.mikko.say("It is broken", here.shared)
    address = parse_address(f"slack:C0PARTNERS/{ticket.ts}@U0LIISA")
    receipt = await here.send(replace(QUESTION, for_whom="Liisa"), address)
    shown = here.api.message("C0PARTNERS", receipt.message)
    assert shown is not None
    assert (shown.thread_ts, [one.target for one in here.api.pings(shown)]) == (ticket.ts, ["U0LIISA"])
    assert await here.send(DONE, address, message=receipt.message) == receipt
    assert here.api.pings(shown) == []


async def test_what_cannot_be_edited_any_more_is_sent_anew_where_nobody_else_reads(here: Setup) -> None:
    for place, sent_anew in (("slack:U0MIKKO", True), ("slack:C0PARTNERS", False)):
        asked = (await here.send(QUESTION, place)).message
        channel, _, ts = asked.rpartition("/")
        message = here.api.message(channel or "C0PARTNERS", ts)
        assert message is not None
        with here.api.changes.changing():
            message.deleted = True
        assert ((await here.send(THANKS, place, message=asked)).message != asked) is sent_anew
        assert [one.text for one in here.mikko.sees(message.channel)] == (["Thank you."] if sent_anew else [])


async def test_what_is_for_one_alone_is_seen_by_nobody_else(here: Setup) -> None:
    wanted = replace(THANKS, words_wanted="Write it here.")
    assert await here.send(wanted, "slack:C0PARTNERS@U0LIISA", alone=True) == Receipt()
    (shown,) = here.liisa.ephemerals(here.shared)
    assert [label for label, _ in shown.buttons] == ["Write a comment", "Change"]
    assert here.mikko.sees(here.shared) == []
    # A chat with one person needs no such message.
    assert (await here.send(THANKS, alone=True)).message.startswith(here.mikko.dm.id)


async def test_a_reply_goes_the_way_that_was_left_open(here: Setup) -> None:
    assert await here.send(THANKS, reply=here.reply()) == Receipt()
    (first,) = here.mikko.ephemerals(here.shared)
    assert await here.send(DONE, "slack:C0PARTNERS@U0MIKKO", alone=True, reply=here.reply("old", first)) == Receipt()
    (shown,) = here.mikko.ephemerals(here.shared)
    assert (shown.ts, shown.text, shown.buttons) == (first.ts, "Thank you.", [])
    assert here.mikko.sees() == []


@pytest.mark.parametrize("reply", ["new", "new ", "new http://127.0.0.1:9/gone", "new http://example.com/x", "new no"])
async def test_a_way_that_is_closed_is_replaced_by_the_address(here: Setup, reply: str) -> None:
    await here.send(DONE, reply=reply)
    assert [one.text for one in here.mikko.sees()] == ["Thank you."]


async def test_a_reply_that_was_used_up_goes_to_the_address(here: Setup) -> None:
    reply = here.reply()
    for _ in range(6):
        await here.send(DONE, "slack:C0PARTNERS@U0MIKKO", alone=True, reply=reply)
    assert len(here.mikko.ephemerals(here.shared)) == 6
    assert len(here.api.calls_of(WHISPER)) == 1


async def test_several_pages_in_their_order(here: Setup) -> None:
    long = replace(DONE, lines=tuple(f"{number:04} {'x' * 95}" for number in range(100)))
    receipt = await here.send(long)
    found = here.mikko.sees()
    assert len(found) == 3
    assert receipt.message.endswith(found[-1].ts)
    assert "".join(one.text for one in found).replace("\n", "") == "Thank you." + "".join(long.lines)
    await here.send(long, "slack:C0PARTNERS@U0MIKKO", alone=True)
    assert len(here.mikko.ephemerals(here.shared)) == 3
    await here.send(long, reply=here.reply())
    assert len(here.mikko.ephemerals(here.shared)) == 6


async def test_refusals_have_reasons(here: Setup) -> None:
    here.api.channel("C0ELSE", "else", here.mikko, bot=False)
    here.api.archive(here.shared, here.mikko)
    here.api.state.scopes.discard("chat:write.public")
    for place, reason in (
        ("slack:C0ELSE", "not_invited"),
        ("slack:C0PARTNERS", "archived"),
        ("slack:C0NOWHERE", "unreachable"),
        ("slack:U0LIISA", "unreachable"),
    ):
        with pytest.raises(RecipientUnreachable) as caught:
            await here.send(QUESTION, place)
        assert caught.value.reason == reason


async def test_who_has_left_the_channel_gets_nothing_there(here: Setup) -> None:
    with pytest.raises(RecipientUnreachable) as caught:
        await here.send(DONE, "slack:C0PARTNERS@U0ELSE", alone=True)
    assert caught.value.reason == "left_channel"


async def test_a_pause_holds_for_that_channel_and_is_kept(here: Setup) -> None:
    here.api.faults = Faults(planned={POST: ["429"]}, retry_after=7)
    with pytest.raises(TryAgainLater) as caught:
        await here.send(QUESTION)
    assert (caught.value.after, caught.value.whole) == (7.0, False)
    assert here.pace.paused_until(POST, "U0MIKKO") == NOON + timedelta(seconds=7)
    with pytest.raises(TryAgainLater, match="7 s more"):
        await here.send(QUESTION)
    assert len(here.api.calls_of(POST)) == 1
    await here.send(QUESTION, "slack:C0PARTNERS")
    here.clock.advance(seconds=7)
    await here.send(QUESTION)


async def test_a_pause_of_edits_holds_for_all_edits(here: Setup) -> None:
    asked = (await here.send(QUESTION)).message
    here.api.faults = Faults(planned={UPDATE: ["429"]}, retry_after=7)
    for words in ("pause of 7 s", "7 s more"):
        with pytest.raises(TryAgainLater, match=words):
            await here.send(THANKS, message=asked)


@pytest.mark.parametrize(
    ("fault", "unsure"),
    [("500", True), ("service_unavailable", False), ("close_after", True), ("timeout", True), ("fatal_error", True)],
)
async def test_what_may_have_been_taken_is_told_and_not_repeated_at_once(here: Setup, fault: str, unsure: bool) -> None:
    here.api.faults = Faults(planned={POST: [fault]})
    with pytest.raises(TryAgainLater) as caught:
        await here.send(QUESTION)
    assert caught.value.unsure is unsure
    assert here.api.faults.counts.total() == 1
    assert len(here.mikko.sees()) <= 1


async def test_a_slack_that_is_not_there_took_nothing() -> None:
    async with Client(BOT_TOKEN, "http://127.0.0.1:9/api/") as client:
        slack = Slack(client, TEAM, SignedTokens(Keyring(bytes(range(32)))), Pace(Limits(), TestClock().now))
        with pytest.raises(TryAgainLater, match="cannot be reached") as caught:
            await slack.send(Dispatch(workspace="default", address=parse_address("slack:U0MIKKO"), prompt=QUESTION))
        assert not caught.value.unsure


async def test_a_turn_is_of_the_method_that_will_be_called(here: Setup) -> None:
    here.pace = Pace(Limits({POST: 1, UPDATE: 1, WHISPER: 1}), here.clock.now)
    slack = Slack(here.client, TEAM, SignedTokens(Keyring(bytes(range(32)))), here.pace)
    plain = Dispatch(workspace="default", address=parse_address("slack:C0PARTNERS@U0MIKKO"), prompt=DONE)
    for one in (plain, replace(plain, message="1.2"), replace(plain, alone=True)):
        assert slack.turn(one) == NOON
        assert slack.turn(one) == NOON + timedelta(minutes=1)
    for _ in range(2):
        assert slack.turn(replace(plain, reply="new https://x")) == NOON


async def test_pages_that_cannot_go_soon_come_again_later(here: Setup) -> None:
    pace = Pace(Limits({POST: 1}), here.clock.now)
    slack = Slack(here.client, TEAM, SignedTokens(Keyring(bytes(range(32)))), pace)
    long = replace(DONE, lines=("x " * 4000,))
    dispatch = Dispatch(workspace="default", address=parse_address("slack:U0MIKKO"), prompt=long)
    assert slack.turn(dispatch) == NOON
    with pytest.raises(TryAgainLater) as caught:
        await slack.send(dispatch)
    assert caught.value.after == 60.0


async def test_the_token_and_peoples_words_stand_in_no_log(here: Setup, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await here.send(replace(DONE, lines=("my own words",)))
        await asyncio.sleep(0)
    assert "my own words" not in caplog.text
    assert BOT_TOKEN not in caplog.text
