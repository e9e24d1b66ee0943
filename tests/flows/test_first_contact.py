"""What a person reads at the first contact, and what counts before they agreed to be asked."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.events import (
    CommentWritten,
    ConsentGiven,
    ConsentRefused,
    Delivered,
    Outcome,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import State
from bot.prompts import Prompt, PromptKind
from bot.workspace import FirstContact
from storage.keys import Keyring
from tests.post import Post
from tests.world import World, person, world


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(sqlite_url, keyring, business_name="Acme") as made:
        yield made


@pytest.fixture
async def careful(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    """A business that asks whether it may ask."""
    async with world(sqlite_url, keyring, business_name="Acme", consent="opt-in") as made:
        yield made


async def prompts(here: World, who: str = "kim") -> list[Prompt]:
    await here.quiet()
    return [message.prompt for message in await here.messages(who)]


async def noted(here: World, address: Address | None = None) -> FirstContact | None:
    async with here.store.reading() as uow:
        return await uow.customers.first_contact("default", address or person("kim"))


async def test_a_question_taken_back_unseen_was_no_first_contact(here: World) -> None:
    first = await here.asked()
    await here.quiet()
    await here.asking.cancel("default", first.id)
    assert await noted(here) is None
    second = await here.asked()
    question = (await prompts(here))[-1]
    assert "Acme" in question.footnote
    await here.tells(Delivered(), second)
    assert await noted(here) == FirstContact(here.clock.now(), question.footnote)


async def test_a_tap_says_that_the_line_was_read(here: World) -> None:
    made = await here.asked()
    [question] = await prompts(here)
    here.clock.advance(hours=1)
    await here.tells(ScoreChosen(5), made)
    first = FirstContact(here.clock.now(), question.footnote)
    assert await noted(here) == first
    here.clock.advance(hours=1)
    await here.tells(Delivered(), made)
    assert await noted(here) == first


async def test_where_the_platform_says_that_it_arrived_that_is_the_first_contact(
    sqlite_url: str, keyring: Keyring
) -> None:
    post, to = Post("paper"), Address("paper", "kim")
    async with world(sqlite_url, keyring, channels=[post]) as here:
        await here.asked(to=to)
        await here.quiet()
        assert await noted(here, to) == FirstContact(here.clock.now(), post.sent[0].prompt.footnote)


async def test_what_stood_under_the_question_whether_one_may_ask_is_the_first_contact(careful: World) -> None:
    made = await careful.asked()
    [consent] = await prompts(careful)
    assert await noted(careful) is None
    await careful.tells(ConsentGiven(), made)
    assert await noted(careful) == FirstContact(careful.clock.now(), consent.footnote)
    [question] = await prompts(careful)
    assert question.kind is PromptKind.QUESTION
    assert (question.footnote, question.buttons) == ("", ())


async def test_a_no_was_read_too(careful: World) -> None:
    made = await careful.asked()
    [consent] = await prompts(careful)
    await careful.tells(ConsentRefused(), made)
    assert await noted(careful) == FirstContact(careful.clock.now(), consent.footnote)


async def test_nothing_answers_a_question_before_the_yes(careful: World) -> None:
    made = await careful.asked()
    await careful.quiet()
    for words in (TextWritten("5"), TextWritten("5", replies_to=made.id), TextWritten("hm", replies_to=made.id)):
        assert (await careful.tells(words)).notice
    for event in (ScoreChosen(5), CommentWritten("hm")):
        assert (await careful.tells(event, made)).notice
    assert await careful.tells(Delivered(), made) == Outcome()
    waiting = await careful.invitation(made.id)
    assert (waiting.state, waiting.answer, waiting.sent_at) == (State.SCHEDULED, None, None)
    await careful.tells(ConsentGiven(), made)
    await careful.tells(TextWritten("5", replies_to=made.id))
    assert await careful.rows("SELECT score FROM response") == [(5,)]


async def test_a_yes_pressed_twice_puts_one_question(careful: World) -> None:
    made = await careful.asked()
    await careful.quiet()
    await careful.tells(ConsentGiven(), made)
    await careful.tells(ConsentGiven(), made)
    assert await careful.outbox() <= 1
    [question] = await prompts(careful)
    assert question.scale is not None


async def test_who_never_says_yes_has_not_agreed(careful: World) -> None:
    made = await careful.asked(ticket="T-1")
    await careful.quiet()
    careful.clock.advance(days=15)
    await careful.ticking.expire()
    ended = await careful.invitation(made.id)
    assert (ended.state, ended.reason) == (State.FAILED, "no_consent")
    assert await careful.funnel() == {"considered": 1, "failed:no_consent": 1}
    assert (await careful.tells(TextWritten("5", replies_to=made.id))).notice
    again = await careful.asked(ticket="T-1")
    assert (again.id, again.held) == (made.id, True)
    await careful.tells(ConsentGiven(), again)
    await careful.tells(Delivered(), again)
    assert await careful.funnel() == {"considered": 1, "delivered": 1}
    assert await careful.differences() == []
