"""Links, consent, the first contact, and questions that are taken back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.address import Address
from bot.errors import Conflict, NotFound
from bot.events import (
    ConsentGiven,
    ConsentRefused,
    Delivered,
    LinkAccepted,
    OptedOut,
    ScoreChosen,
)
from bot.invitation import State
from bot.policy import Reason
from bot.prompts import Action, Prompt
from storage.keys import Keyring
from tests.post import Post
from tests.world import World, person, world

NEW = Address("webchat", "new")


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(sqlite_url, keyring, business_name="Acme") as made:
        yield made


async def prompts(here: World, who: str = "kim") -> list[Prompt]:
    await here.quiet()
    return [message.prompt for message in await here.messages(who)]


def actions(prompt: Prompt) -> list[Action]:
    return [button.action for button in prompt.buttons]


@pytest.fixture
async def careful(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    """A business that asks whether it may ask."""
    async with world(sqlite_url, keyring, business_name="Acme", consent="opt-in") as made:
        yield made


async def link(here: World, **more: Any) -> tuple[str, str]:
    """A one-time link: its token and the invitation's id."""
    asked = await here.ask(to=NEW, **more)
    assert asked.link is not None
    assert asked.invitation is not None
    return asked.link, asked.invitation.id


async def test_the_first_contact_line_stands_once_per_address_and_is_stored(here: World) -> None:
    first = await here.sent()
    [prompt] = await prompts(here)
    assert "Acme" in prompt.footnote
    assert actions(prompt) == [Action.STOP, Action.MENU]
    async with here.store.reading() as uow:
        contact = await uow.customers.first_contact("default", person("kim"))
    assert contact is not None
    assert (contact.text, contact.at) == (prompt.footnote, here.clock.now())
    await here.tells(ScoreChosen(5), first)
    await here.quiet()
    here.clock.advance(days=20)
    await here.asked()
    _, second = await prompts(here)
    assert (second.footnote, second.buttons) == ("", ())
    await here.asked("liisa")
    assert (await prompts(here, "liisa"))[0].footnote == prompt.footnote


async def test_with_opt_in_the_question_follows_a_yes(careful: World) -> None:
    made = await careful.asked()
    [prompt] = await prompts(careful)
    assert prompt.scale is None
    assert actions(prompt) == [Action.CONSENT_YES, Action.CONSENT_NO]
    assert (await careful.invitation(made.id)).state is State.SCHEDULED
    await careful.tells(ConsentGiven(), made)
    [question] = await prompts(careful)
    assert question.scale is not None
    assert (await careful.customer()).consented_at == careful.clock.now()
    await careful.tells(Delivered(), made)
    await careful.tells(ScoreChosen(5), made)
    await careful.quiet()
    careful.clock.advance(days=30)
    await careful.asked()
    assert (await prompts(careful))[-1].scale is not None  # who said yes is not asked for it again


async def test_a_no_is_an_opt_out_and_the_question_never_comes(careful: World) -> None:
    made = await careful.asked()
    await careful.quiet()
    await careful.tells(ConsentRefused(), made)
    assert all(prompt.scale is None for prompt in await prompts(careful))
    assert (await careful.customer()).opted_out_at == careful.clock.now()
    ended = await careful.invitation(made.id)
    assert (ended.state, ended.reason) == (State.CANCELLED, "opted_out")
    assert (await careful.ask()).verdict.reason is Reason.OPTED_OUT


async def test_a_question_not_yet_delivered_is_taken_back_without_a_trace(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        made = await here.asked(ticket="T-1")
        cancelled = await here.asking.cancel("default", made.id, "reopened")
        assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "reopened")
        assert await here.outbox() == 0
        assert await here.funnel() == {}
        assert (await here.ask(ticket="T-1")).verdict.ask


async def test_a_question_taken_back_while_it_waits_in_line_is_not_sent(sqlite_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("paper", hold={"group": go_on})
    one, two = Address("paper", "group", user="1"), Address("paper", "group", user="2")
    async with world(sqlite_url, keyring, channels=[post]) as here:
        await here.asked(to=one)
        await post.until(1)
        second = await here.asked(to=two)
        await here.asking.cancel("default", second.id)
        go_on.set()
        await here.quiet()
    assert second.id not in [dispatch.invitation for dispatch in post.sent if dispatch.asks]


async def test_a_question_taken_back_while_it_is_sent_loses_its_buttons(sqlite_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("paper", hold={"kim": go_on})
    async with world(sqlite_url, keyring, channels=[post]) as here:
        made = await here.asked(to=Address("paper", "kim"))
        await post.until(1)
        await here.asking.cancel("default", made.id)
        go_on.set()
        question, withdrawn = await post.until(2)
        assert (question.prompt.scale is None, withdrawn.prompt.scale) == (False, None)
        assert withdrawn.message == "kim-1"
        await here.quiet()


async def test_a_delivered_question_that_is_taken_back_loses_its_buttons(here: World) -> None:
    made = await here.sent()
    await here.asking.cancel("default", made.id)
    [prompt] = await prompts(here)
    assert (prompt.scale, prompt.buttons) == (None, ())
    outcome = await here.tells(ScoreChosen(5), made)
    assert outcome.notice
    assert (await here.invitation(made.id)).answer is None
    assert await here.funnel() == {"considered": 1, "delivered": 1}


async def test_what_is_answered_cannot_be_cancelled(here: World) -> None:
    made = await here.sent()
    await here.tells(ScoreChosen(5), made)
    with pytest.raises(Conflict):
        await here.asking.cancel("default", made.id)
    with pytest.raises(NotFound):
        await here.asking.cancel("elsewhere", made.id)
    with pytest.raises(NotFound):
        await here.asking.cancel("default", "nothing")
    assert (await here.invitation(made.id)).state is State.ANSWERED


async def test_whoever_opens_a_link_first_is_asked_and_a_second_stranger_gets_nothing(here: World) -> None:
    token, invitation = await link(here, ticket="T-1")
    assert await here.asking.open_link("default", token, person("kim"), "fi") == "used"
    assert await here.asking.open_link("default", token, person("eve"), "fi") == "unknown"
    assert await here.asking.open_link("default", token, person("kim"), "fi") == "used"
    [question] = await prompts(here)
    assert (question.lang, question.invitation) == ("fi", invitation)
    assert await prompts(here, "eve") == []
    await here.tells(ScoreChosen(3), invitation)
    assert await here.asking.open_link("default", token, person("kim"), "fi") == "answered"
    assert (await here.ask("kim", ticket="T-1")).repeated  # the opener is this ticket's customer
    assert await here.differences() == []


async def test_two_who_open_a_link_at_once_are_not_both_first(here: World) -> None:
    token, _ = await link(here)
    found = await asyncio.gather(*(here.asking.open_link("default", token, person(f"v{n}"), "en") for n in range(5)))
    assert sorted(found) == ["unknown"] * 4 + ["used"]
    assert await here.rows("SELECT count(*) FROM customer") == [(1,)]


async def test_links_that_are_wrong_or_too_old_ask_nobody(here: World) -> None:
    token, _ = await link(here)
    assert await here.asking.open_link("default", "guess", person("kim"), "en") == "unknown"
    assert await here.asking.open_link("default", token, Address("telegram", "77"), "en") == "unknown"
    here.clock.advance(days=31)
    assert await here.asking.open_link("default", token, person("kim"), "en") == "over"
    assert await here.rows("SELECT count(*) FROM customer") == [(0,)]


@pytest.mark.parametrize("again", [False, True])
async def test_a_link_after_an_opt_out_subscribes_nobody_again(here: World, again: bool) -> None:
    await here.tells(OptedOut())
    token, invitation = await link(here)
    assert await here.asking.open_link("default", token, person("kim"), "en") == "used"
    prompt = (await prompts(here))[-1]
    assert actions(prompt) == [Action.ONLY_THIS, Action.ALLOW_AGAIN]
    assert prompt.scale is None
    assert (await here.customer()).opted_out_at is not None
    await here.tells(LinkAccepted(allow_again=again), invitation)
    assert (await prompts(here))[-1].scale is not None
    assert ((await here.customer()).opted_out_at is None) is again
    await here.tells(ScoreChosen(4), invitation)
    assert (await here.ask(ticket="T-2")).verdict.ask is again


async def test_a_link_for_a_person_with_an_open_question_asks_no_second_one(here: World) -> None:
    first = await here.sent()
    token, second = await link(here, survey="nps")
    assert await here.asking.open_link("default", token, person("kim"), "en") == "busy"
    assert [prompt.invitation for prompt in await prompts(here)] == [first.id]
    await here.tells(ScoreChosen(5), first)
    assert await here.asking.open_link("default", token, person("kim"), "en") == "used"
    assert (await prompts(here))[-1].invitation == second


@pytest.mark.parametrize("ended", ["cancelled", "never shown", "expired, and no tick since"])
async def test_a_link_whose_question_is_over_says_so(here: World, ended: str) -> None:
    token, invitation = await link(here)
    if ended == "cancelled":
        await here.asking.cancel("default", invitation)
    else:
        here.clock.advance(days=15)
        if ended == "never shown":
            await here.ticking.expire()
    assert await here.asking.open_link("default", token, person("kim"), "en") == "over"
    assert await here.rows("SELECT count(*) FROM customer") == [(0,)]


async def test_a_link_about_a_ticket_that_this_person_was_asked_about_asks_nothing_twice(here: World) -> None:
    first = await here.sent(ticket="T-1")
    await here.tells(ScoreChosen(5), first)
    token, _ = await link(here, ticket="T-1")
    assert await here.asking.open_link("default", token, person("kim"), "en") == "answered"
    assert {prompt.invitation for prompt in await prompts(here)} == {first.id}


@pytest.mark.parametrize(
    ("wanted", "remembered", "spoken"),
    [(None, None, "sv"), ("fi", None, "fi"), (None, "fi", "fi"), ("en", "fi", "en"), ("xx", None, "sv")],
)
async def test_the_language_is_the_ask_s_then_the_person_s_then_the_business_s(
    here: World, wanted: str | None, remembered: str | None, spoken: str
) -> None:
    await here.set(locale="sv")
    if remembered:
        first = await here.asked(locale=remembered)
        await here.asking.cancel("default", first.id)
    made = await here.asked(locale=wanted)
    assert made.locale == spoken
    assert (await prompts(here))[-1].lang == spoken
