"""Commands and buttons that come twice, too late, at once, from the wrong person, or from nobody of ours."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.events import CommandGiven, Request
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, GROUP, MIKKO, OLLI, STRANGER, Chat, chat, in_group, invitations, questions


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(ANNA)
        yield found


async def test_strangers_may_not_ask(here: Chat) -> None:
    (refused,) = await here.writes(STRANGER, "/survey csat T-1", at=in_group("666"))
    assert refused.address == GROUP
    assert refused.prompt.title == "Only members of the workspace can do that."
    (refused,) = await here.writes(replace(STRANGER, locale="sv"), "/survey")
    assert refused.prompt.title == "Det kan bara arbetsytans medlemmar göra."
    assert await invitations(here) == []


async def test_a_redelivered_press_asks_once(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here:
        await here.member(ANNA)
        await here.customer(MIKKO)
        (shown,) = await here.writes(ANNA, "/survey csat mikko", event="u1")
        assert await here.writes(ANNA, "/survey csat mikko", event="u1") == []
        assert here.outcome.known
        first = await here.presses(ANNA, "Ask", shown, event="u2")
        assert len(questions(first)) == 1
        assert await here.presses(ANNA, "Ask", shown, event="u2") == []
        assert here.outcome.known
        # A second tap is another event; the choice was used up by the first.
        assert await here.presses(ANNA, "Ask", shown, event="u3") == []
        assert await invitations(here) == [("sent", "csat")]


async def test_a_choice_is_kept_for_an_hour(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    here.world.clock.advance(minutes=61)
    assert await here.presses(ANNA, "Ask", shown) == []
    assert here.outcome.notice == "This is no longer open. Write /survey again."


async def test_a_removed_member_presses_in_vain(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    await here.membership.remove("default", "Anna")
    assert await here.presses(ANNA, "Ask", shown) == []
    assert here.outcome.notice == "Only members of the workspace can do that."
    assert await invitations(here) == []


@pytest.mark.parametrize(
    "value",
    ["s:x:ask", "s:x:ask:🙂", "s", "s:", "s::", "s:ask", "c:", "c:nobody", "c:\0", "z:1", "", "🙂", "s:" + "9" * 500],
)
async def test_a_forged_value_is_harmless(here: Chat, value: str) -> None:
    assert await here.sends(ANNA, value) == []
    assert here.outcome.notice
    assert await here.sends(STRANGER, value) == []
    assert here.outcome.notice


async def test_somebody_elses_choice_is_nobody_elses(here: Chat) -> None:
    await here.member(OLLI)
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    assert await here.presses(OLLI, "Ask", shown) == []
    assert here.outcome.notice == "This is no longer open. Write /survey again."
    draft = shown.prompt.buttons[0].value.rpartition(":")[0]
    for what in ("p0", "p99", "k0x", "k99", "p-1", "p٣", "link", ""):
        assert questions(await here.sends(ANNA, f"{draft}:{what}")) == []


async def test_typed_words_are_cleaned(here: Chat) -> None:
    (shown,) = await here.writes(ANNA, "/survey csat T-1\0\x07\u202e<b>\n" + "x" * 5000)
    assert "T-1 <b> xxx" in shown.prompt.title
    assert len(shown.prompt.title) < 400
    (shown,) = await here.writes(ANNA, "/survey csat \ud800")
    assert shown.prompt.title.startswith("Whom shall I ask?")


async def test_two_members_ask_the_same_customer_at_once(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here, chat(database_url, keyring, owner="b") as there:
        await here.member(ANNA)
        await here.member(OLLI)
        await here.customer(MIKKO)
        (mine,) = await here.writes(ANNA, "/survey csat mikko")
        (theirs,) = await there.writes(OLLI, "/survey csat mikko", event="there-1")
        await asyncio.gather(here.presses(ANNA, "Ask", mine), there.presses(OLLI, "Ask", theirs, event="there-2"))
        states = [state for state, _ in await invitations(here)]
        assert sorted(states) in (["sent", "suppressed"], ["scheduled", "suppressed"])
        told = [one.prompt.title for one in (*here.phone.sent, *there.phone.sent) if one.message == "pressed"]
        assert sorted(told) == [
            "Asked: Mikko Virtanen, in Telegram.",
            "Will not ask: has another question waiting for an answer.",
        ]


async def test_one_command_in_two_processes_counts_once(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here, chat(database_url, keyring, owner="b") as there:
        await here.member(OLLI, Role.OWNER)
        for number in range(8):
            request = Request(
                event_id=f"same-{number}", workspace="default", address=OLLI.address, person=OLLI,
                event=CommandGiven("invite", "staff"),
            )  # fmt: skip
            outcomes = await asyncio.gather(here.commands.handle(request), there.commands.handle(request))
            assert sorted(outcome.known for outcome in outcomes) == [False, True]
        assert (await here.world.rows("SELECT count(*) FROM member_code"))[0][0] == 8


async def test_two_owners_who_set_different_things_at_once_both_have_it(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here, chat(database_url, keyring, owner="b") as there:
        await here.member(OLLI, Role.OWNER)
        await here.member(ANNA, Role.OWNER)
        for number in range(8):
            requests = [
                Request(event_id=f"{name}-{number}", workspace="default", address=who.address, person=who,
                        event=CommandGiven(name, value))
                for who, name, value in (
                    (OLLI, "business", f"Acme {number}"), (ANNA, "timezone", ("Europe/Oslo", "Asia/Tokyo")[number % 2]),
                )
            ]  # fmt: skip
            await asyncio.gather(here.commands.handle(requests[0]), there.commands.handle(requests[1]))
            stored = await here.settings()
            assert stored["business_name"] == f"Acme {number}"
            assert stored["timezone"] == ("Europe/Oslo", "Asia/Tokyo")[number % 2]
