"""Members take low scores, hand them over, close them, and tell the customer; who may not, and what cannot be sent."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.events import AnswerDeleted, CommentWritten, Delivered, NotSolved, Person, ScoreChosen
from bot.ports import Dispatch
from bot.service.context import ensure_workspace
from bot.values import replace
from storage.keys import Keyring
from tests.flows.case_chat import LIISA, TEAM, CaseChat, case_chat, in_team
from tests.flows.chat import ANNA, BOT, MIKKO, OLLI, STRANGER, labels

HINTS = {"en": "Only members of the workspace can do that.", "fi": "Vain työtilan jäsenet voivat tehdä tämän."}


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[CaseChat]:
    async with case_chat(sqlite_url, keyring) as made:
        yield made


async def presses(here: CaseChat, who: Person, label: str, on: Dispatch) -> list[Dispatch]:
    """The button of this label, in the team's group."""
    [value] = [button.value for button in on.prompt.buttons if button.label == label]
    return await here.chat.sends(who, value, at=in_team(who))


async def test_taken_in_the_place_of_the_message_by_one_member(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here:
        _, shown = await here.told()
        (taken,) = await presses(here, ANNA, "I take it", shown)
        assert (taken.address, taken.message) == (TEAM, "pressed")
        assert taken.prompt.lines == ("T-1042 · Billing", "Anna takes it.")
        assert labels(taken) == ["I take it over", "Done", "Done and told"]

        # A second member hears who has it, alone, and may take it over after that.
        (asked,) = await presses(here, OLLI, "I take it", shown)
        assert asked.address == OLLI.address
        assert asked.prompt.title.startswith("Anna has it since Monday 16 Nov")
        assert await presses(here, OLLI, "Done and told", shown) == []
        assert here.chat.outcome.notice is not None
        assert here.chat.outcome.notice.endswith("Take it over first.")
        own, group = await here.chat.presses(OLLI, "I take it over", asked)
        assert (own.address, group.address) == (OLLI.address, TEAM)
        assert "Olli takes it." in group.prompt.lines
        assert await here.states() == [("taken", "nothing")]


async def test_done_with_a_word_that_is_asked_for_in_the_members_own_chat(here: CaseChat) -> None:
    made, shown = await here.told()
    (asked,) = await presses(here, ANNA, "Done", shown)
    assert asked.address == ANNA.address
    assert asked.prompt.title == "How did it end, in a word or two?"
    assert here.chat.outcome.notice == "I ask you in our own chat."
    told = await here.writes(ANNA, "refunded.")
    assert {one.address.conversation for one in told} == {"7", TEAM.conversation}
    assert all(one.prompt.lines[-1] == "Done: refunded. Anna" for one in told)
    assert all(one.prompt.buttons == () for one in told)
    assert await here.states() == [("done", "nothing")]
    assert [row for row in await here.world.rows("SELECT outcome FROM low_case") if b"refunded" in bytes(row[0])] == []
    # What is done is done: a stale button says how, and further words are ordinary ones again.
    assert await presses(here, OLLI, "I take it", shown) != []
    (ordinary,) = await here.writes(ANNA, "refunded twice")
    assert "Done" not in ordinary.prompt.text
    assert made.id


async def test_without_a_word_and_with_a_change_of_mind(here: CaseChat) -> None:
    _, shown = await here.told()
    (asked,) = await presses(here, ANNA, "Done", shown)
    (kept,) = await here.chat.presses(ANNA, "Cancel", asked)
    assert kept.prompt.title == "All right, nothing was changed."
    assert await here.states() == [("open", "nothing")]
    assert await here.chat.presses(ANNA, "Without", asked) == []
    assert here.chat.outcome.notice == "This was finished already."
    (asked,) = await presses(here, ANNA, "Done", shown)
    told = await here.chat.presses(ANNA, "Without", asked)
    assert {one.prompt.lines[-1] for one in told} == {"Done. Anna"}


async def test_done_and_told_sends_the_members_sentence_to_the_customer(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here:
        made = await here.low()
        await here.says(made, CommentWritten("the VAT line again", "m1"))
        (shown,) = await here.ticks()
        here.world.clock.advance(days=3)
        (asked,) = await presses(here, ANNA, "Done and told", shown)
        assert asked.prompt.title.startswith("What shall the customer read?")
        assert labels(asked) == ["Cancel"]
        told = await here.writes(ANNA, "It is fixed: {invoices} show <b>24 %</b>.")
        [letter] = [one for one in told if one.address == MIKKO.address]
        assert letter.prompt.title == "Anna (Esimerkki Oy) kirjoittaa sinulle vastauksestasi."
        assert letter.prompt.lines == (
            "Vastasit 16.11. arvosanan 2 (asteikko 1\u20135).",
            "It is fixed: {invoices} show <b>24 %</b>.",
        )
        assert labels(letter) == ["Älä kysy enää"]
        assert (letter.prompt.scale, letter.prompt.words_wanted, letter.message) == (None, "", "")
        assert await here.states() == [("done", "told")]


async def test_nobody_is_written_to_who_does_not_want_it(here: CaseChat) -> None:
    _, shown = await here.told()
    await here.opts_out(MIKKO)
    assert await presses(here, ANNA, "Done and told", shown) == []
    assert here.chat.outcome.notice == (
        "Mikko Virtanen has asked not to be written to, so nothing can be sent. Press Done instead."
    )
    assert await here.states() == [("open", "nothing")]


async def test_an_answer_that_was_taken_back_has_nobody_to_tell(here: CaseChat) -> None:
    made, shown = await here.told()
    (asked,) = await presses(here, ANNA, "Done and told", shown)
    await here.says(made, AnswerDeleted())
    (why,) = await here.writes(ANNA, "It is fixed.")
    assert why.prompt.title == "The answer was taken back, so there is nobody to tell."
    assert asked.prompt.kind == "case"


async def test_what_does_not_arrive_is_told_to_the_member(here: CaseChat) -> None:
    _, shown = await here.told()
    here.chat.phone.blocked_by.add(MIKKO.address)
    await presses(here, ANNA, "Done and told", shown)
    told = await here.writes(ANNA, "It is fixed.")
    assert told[-1].address == ANNA.address
    assert told[-1].prompt.title == "Could not tell Mikko Virtanen: blocked the bot."
    assert await here.states() == [("done", "failed")]


async def test_strangers_customers_and_other_workspaces_get_nowhere(here: CaseChat) -> None:
    _, shown = await here.told()
    for who in (MIKKO, STRANGER):
        assert await presses(here, who, "I take it", shown) == []
        assert here.chat.outcome.notice == HINTS[str(who.locale)]
        (refused,) = await here.chat.writes(who, "/cases")
        assert refused.prompt.title == HINTS[str(who.locale)]
    for value in ("k:t:nothing", "k:t:", "k:z:" + shown.prompt.buttons[0].value[4:], "k:", "k:s:\x7f"):
        assert await here.chat.sends(ANNA, value) == []
        assert here.chat.outcome.notice == "This case is not known here any more."
    assert await here.states() == [("open", "nothing")]


async def test_a_case_of_another_workspace_is_not_known(here: CaseChat) -> None:
    _, shown = await here.told()
    await here.world.store.write(lambda uow: ensure_workspace(uow, here.world.context, "other"))
    await here.world.execute("UPDATE low_case SET workspace = 'other'")
    assert await presses(here, ANNA, "I take it", shown) == []
    assert here.chat.outcome.notice == "This case is not known here any more."


async def test_among_customers_a_case_is_shown_to_the_member_alone(here: CaseChat) -> None:
    """A changed app can press anything below any message of the bot's."""
    _, shown = await here.told()
    elsewhere = Address("telegram", "-100999", account=BOT, user="7")
    sent = await here.chat.sends(ANNA, shown.prompt.buttons[0].value, at=elsewhere)
    assert {one.address.conversation for one in sent} == {"7", TEAM.conversation}


async def test_the_list_shows_what_is_not_done_and_a_button_for_each(here: CaseChat) -> None:
    (none,) = await here.chat.writes(ANNA, "/cases")
    assert none.prompt.title == "No low score waits."
    _, shown = await here.told()
    await here.low(who=LIISA)
    await presses(here, OLLI, "I take it", shown)
    (listed,) = await here.chat.writes(replace(ANNA, locale="fi"), "/cases")
    assert listed.prompt.title == "2 tapausta on vielä kesken."
    assert listed.prompt.lines == (
        "1. Mikko Virtanen: 2 / 5 · T-1042 · Billing · Olli hoitaa tämän.",
        "2. Liisa Laine: 2 / 5 · T-1042 · Billing",
    )
    (one,) = await here.chat.presses(ANNA, "2.", listed)
    assert one.message == ""
    assert one.prompt.title == "2 of 5 from Liisa Laine"


async def test_a_member_who_is_a_customer_too_keeps_their_comment(here: CaseChat) -> None:
    """Only the words that were asked for are the case's; before that, and after it, they are the member's own."""
    _, shown = await here.told()
    await here.chat.customer(ANNA)
    asked = await here.world.asked(to=ANNA.address, ticket="T-9")
    await here.world.quiet()
    mine = await here.says(asked, Delivered(), ScoreChosen(5), who=ANNA)
    await here.writes(ANNA, "before")
    await presses(here, ANNA, "Done and told", shown)
    await here.writes(ANNA, "quoted", quotes=mine.message)
    await here.writes(ANNA, "for the customer")
    await here.writes(ANNA, "after")
    kept = (await here.world.invitation(mine.id)).answer
    assert kept is not None
    assert kept.comment == "before\nquoted\nafter"
    letters = [one for one in here.chat.phone.sent if one.tells]
    assert [one.prompt.lines[-1] for one in letters] == ["for the customer"]


async def test_ten_minutes_later_words_are_ordinary_again(here: CaseChat) -> None:
    _, shown = await here.told()
    await presses(here, ANNA, "Done and told", shown)
    here.world.clock.advance(minutes=10)
    (told,) = await here.writes(ANNA, "too late")
    assert told.prompt.kind == "info"
    assert await here.states() == [("open", "nothing")]


async def test_what_is_too_long_can_be_written_again(here: CaseChat) -> None:
    _, shown = await here.told()
    await presses(here, ANNA, "Done and told", shown)
    (why,) = await here.writes(ANNA, "x" * 1001)
    assert why.prompt.title == "That is too long: 1,000 characters at most."
    await here.writes(ANNA, "short")
    assert await here.states() == [("done", "told")]


async def test_not_solved_after_it_was_done_opens_it_again(here: CaseChat) -> None:
    made, shown = await here.told()
    (asked,) = await presses(here, ANNA, "Done", shown)
    await here.chat.presses(ANNA, "Without", asked)
    await here.says(made, NotSolved())
    here.world.clock.advance(minutes=10)
    (again,) = await here.ticks()
    assert again.prompt.lines == ("T-1042 · Billing", "The matter is not solved yet.")
    assert await here.states() == [("open", "nothing")]


async def test_the_list_goes_on_where_ten_end(here: CaseChat) -> None:
    for number in range(12):
        made = await here.chat.world.asked(f"v{number}", ticket=f"W-{number:02}")
        await here.world.quiet()
        await here.world.tells(ScoreChosen(1), made, f"v{number}")
        here.world.clock.advance(minutes=1)
    (listed,) = await here.chat.writes(ANNA, "/cases")
    assert listed.prompt.title == "12 cases are not done yet."
    assert [line.rpartition(" ")[2] for line in listed.prompt.lines] == [f"W-{number:02}" for number in range(10)]
    assert labels(listed)[-1] == "More"
    (rest,) = await here.chat.presses(ANNA, "More", listed)
    assert [line.rpartition(" ")[2] for line in rest.prompt.lines] == ["W-10", "W-11"]
    assert labels(rest) == ["1. 1 of 5", "2. 1 of 5"]
    for about in (*listed.prompt.buttons[-2:-1], *rest.prompt.buttons):
        (one,) = await here.chat.sends(ANNA, about.value)
        (asked,) = await here.chat.sends(ANNA, one.prompt.buttons[1].value)
        await here.chat.presses(ANNA, "Without", asked)
    assert await here.chat.presses(ANNA, "More", listed) == []
    assert here.chat.outcome.notice == "No more low scores wait."
    (ten,) = await here.chat.writes(ANNA, "/cases")
    assert "More" not in labels(ten)
