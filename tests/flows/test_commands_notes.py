"""/note: written, listed, removed, and the figures before and after it."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest

from bot.ports import StoredNote, UnitOfWork
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.builders import NOON
from tests.flows.chat import ANNA, OLLI, STRANGER, Chat, chat, labels
from tests.flows.test_summary_versions import TEN_STEPS, added, answered

EXAMPLE = "Write the day as in /note 2026-11-16 new invoice layout."
TODAY = date(2026, 11, 16)  # a Monday; it is noon


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(database_url, keyring) as found:
        await found.member(OLLI, Role.OWNER)
        yield found


async def notes(here: Chat) -> list[tuple[date, str]]:
    async with here.world.store.reading() as uow:
        return [(one.day, one.text) for one in await uow.notes.newest("default", 99)]


async def kept(here: Chat, *days: date, words: str = "change") -> None:
    async def job(uow: UnitOfWork) -> None:
        for number, day in enumerate(days):
            at = NOON + timedelta(seconds=number)
            await uow.notes.add(StoredNote(f"k{number}", "default", day, f"{words} {number}", at))

    await here.world.store.write(job)


def days_before(number: int) -> datetime:
    return NOON - timedelta(days=number)


async def test_a_note_is_of_today_where_no_day_is_written(here: Chat) -> None:
    (said,) = await here.writes(OLLI, "/note new   invoice\nlayout")
    assert (said.prompt.title, said.prompt.lines[0]) == ("Noted", "16 Nov: new invoice layout")
    assert await notes(here) == [(TODAY, "new invoice layout")]


@pytest.mark.parametrize("typed", ["12.11.2026 new layout", "12/11/2026 new layout", "2026.11.12 new layout"])
async def test_a_day_in_another_form_is_not_noted_as_today(here: Chat, typed: str) -> None:
    (said,) = await here.writes(OLLI, f"/note {typed}")
    assert (said.prompt.title, await notes(here)) == (EXAMPLE, [])


async def test_a_number_at_the_beginning_is_no_day(here: Chat) -> None:
    await here.writes(OLLI, "/note 1.2.1 released, 24/7 phone")
    assert await notes(here) == [(TODAY, "1.2.1 released, 24/7 phone")]


async def test_today_is_the_businesss(here: Chat) -> None:
    await here.writes(OLLI, "/timezone Pacific/Kiritimati")  # 14 hours ahead
    await here.writes(OLLI, "/note new invoice layout")
    assert await notes(here) == [(TODAY + timedelta(days=1), "new invoice layout")]


async def test_a_day_may_stand_before_the_words(here: Chat) -> None:
    await here.writes(OLLI, "/note 2026-11-02 phone until eight")
    await here.writes(OLLI, "/note 2027-1-4 a plan")
    assert await notes(here) == [(date(2027, 1, 4), "a plan"), (date(2026, 11, 2), "phone until eight")]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-02-30 snow", f"There is no such day. {EXAMPLE}"),
        ("2026-11-2", f"Write what you changed behind the day. {EXAMPLE}"),
        ("2062-11-02 a typo", "The day of a note is at most a year away."),
        ("x" * 81, "A note has at most 80 characters. This one has 81 characters."),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_nothing_is_kept(here: Chat, typed: str, why: str) -> None:
    (said,) = await here.writes(OLLI, f"/note {typed}")
    assert said.prompt.title == why
    assert await notes(here) == []


async def test_eighty_characters_fit(here: Chat) -> None:
    await here.writes(OLLI, f"/note {'ä' * 80}")
    assert await notes(here) == [(TODAY, "ä" * 80)]


async def test_a_year_has_room_for_fifty(here: Chat) -> None:
    await kept(here, *(date(2026, 1, 1) + timedelta(days=number) for number in range(50)))
    (said,) = await here.writes(OLLI, "/note one more")
    assert said.prompt.title.startswith("A year has room for 50 notes, and 2026 is full.")
    (said,) = await here.writes(OLLI, "/note 2025-12-31 another year")
    assert said.prompt.title == "Noted"
    assert len(await notes(here)) == 51


async def test_only_owners_write_and_remove_notes(here: Chat) -> None:
    await here.member(ANNA)
    await kept(here, TODAY)
    (said,) = await here.writes(ANNA, "/note mine")
    assert said.prompt.title == "Only owners can do that."
    assert await here.sends(STRANGER, "n:r:k0") == []
    assert len(await notes(here)) == 1


async def test_an_empty_list_says_how_to_begin(here: Chat) -> None:
    (said,) = await here.writes(OLLI, "/note")
    assert said.prompt.title == "There are no notes yet."
    assert said.prompt.lines == ("Write /note and what you changed, as in /note new invoice layout.",)
    assert labels(said) == []


async def test_each_note_of_the_list_can_be_removed(here: Chat) -> None:
    await kept(here, TODAY, date(2025, 11, 30))
    (said,) = await here.writes(OLLI, "/note")
    assert said.prompt.lines[:2] == ("16 Nov: change 0", "2025 · 30 Nov: change 1")
    assert labels(said) == ["Before and after", "Remove: change 0", "Remove: change 1"]
    (said,) = await here.presses(OLLI, "Remove: change 0", said)
    assert (said.message, labels(said)) == ("pressed", ["Before and after", "Remove: change 1"])
    assert [words for _, words in await notes(here)] == ["change 1"]


async def test_a_note_that_is_gone_already_is_gone(here: Chat) -> None:
    await kept(here, TODAY)
    (said,) = await here.writes(OLLI, "/note")
    await here.presses(OLLI, "Remove", said)
    (said,) = await here.presses(OLLI, "Remove", said)
    assert said.prompt.title == "There are no notes yet."


async def test_the_list_goes_on_behind_a_button(here: Chat) -> None:
    await kept(here, *(TODAY - timedelta(days=number) for number in range(10)))
    (said,) = await here.writes(OLLI, "/note")
    assert (len(said.prompt.lines), labels(said)[-1]) == (8, "Older")
    (said,) = await here.presses(OLLI, "Older", said)
    assert (said.prompt.lines[0], labels(said)[-1]) == ("8 Nov: change 8", "Back")
    (said,) = await here.presses(OLLI, "Back", said)
    assert said.prompt.lines[0] == "16 Nov: change 0"


async def test_before_and_after_compares_each_figure(here: Chat) -> None:
    await kept(here, date(2026, 11, 2))
    await answered(here.world, [2] * 30 + [5] * 30, days_before(20))
    await answered(here.world, [2] * 6 + [5] * 54, days_before(4))
    (said,) = await here.writes(OLLI, "/note")
    (said,) = await here.presses(OLLI, "Before and after", said)
    assert said.prompt.title == "2 Nov: change 0"
    assert said.prompt.lines == (
        "Before: CSAT 50 % (likely 38\u201362) · 60 answers · 5 Oct \u2013 1 Nov",
        "After: CSAT 90 % (likely 80\u201395) · 60 answers · 2\u201316 Nov",
        "Difference: +40, clear change (likely 24\u201353)",
        "Whatever else changed in these weeks is in the difference too.",
    )
    (said,) = await here.presses(OLLI, "Back", said)
    assert said.prompt.title == "Notes"


async def test_after_are_four_weeks_and_not_more(here: Chat) -> None:
    await kept(here, TODAY - timedelta(days=40))
    await answered(here.world, [5] * 12, days_before(41))
    await answered(here.world, [5] * 12, days_before(13))
    await answered(here.world, [1] * 12, days_before(12))
    (said,) = await here.writes(OLLI, "/note")
    (said,) = await here.presses(OLLI, "Before and after", said)
    assert said.prompt.lines[1] == "After: CSAT 100 % (likely 76\u2013100) · 12 answers · 7 Oct \u2013 3 Nov"


async def test_of_several_notes_one_is_chosen(here: Chat) -> None:
    await kept(here, TODAY, TODAY - timedelta(days=3), TODAY + timedelta(days=5))
    (said,) = await here.writes(OLLI, "/note")
    (said,) = await here.presses(OLLI, "Before and after", said)
    assert (said.prompt.title, labels(said)) == (
        "Before and after which note?", ["16 Nov: change 0", "13 Nov: change 1", "Back"],
    )  # fmt: skip
    (said,) = await here.presses(OLLI, "13 Nov", said)
    assert said.prompt.lines == ("Nobody answered in the four weeks before it or since.",)


async def test_a_plan_has_nothing_to_compare(here: Chat) -> None:
    await kept(here, TODAY + timedelta(days=5))
    (said,) = await here.writes(OLLI, "/note")
    assert labels(said) == ["Remove: change 0"]
    (said,) = await here.sends(OLLI, "n:b:k0")
    assert said.prompt.lines == ("The day lies ahead: there is nothing to compare yet.",)


async def test_another_scale_is_not_compared(here: Chat) -> None:
    await kept(here, TODAY - timedelta(days=10))
    await added(here.world, TEN_STEPS)
    await answered(here.world, [5] * 12, days_before(12), version=1)
    await answered(here.world, [9] * 12, days_before(5), version=2)
    (said,) = await here.sends(OLLI, "n:b:k0")
    assert said.prompt.lines == ("csat: its scale changed in these weeks, so they cannot be compared.", "")[:1]


async def test_answers_that_are_left_out_of_one_side_are_told(here: Chat) -> None:
    await added(here.world, TEN_STEPS)
    await answered(here.world, [5] * 7, days_before(20))
    for back in (15, 5):
        await answered(here.world, [9] * 9 + [2] * 3, days_before(back), version=2)
    await kept(here, TODAY - timedelta(days=10))
    (shown,) = await here.sends(OLLI, "n:b")
    assert "Before: CSAT 75 % (likely 47\u201391) · 12 answers" in shown.prompt.lines[0]
    assert "csat: 7 answers on another scale are not counted in it." in shown.prompt.lines


@pytest.mark.parametrize("value", ["n:r", "n:r:", "n:r:\x00", "n:b:", "n:l:99999", "n:l:-1", "n:x:1"])
async def test_forged_buttons_do_nothing(here: Chat, value: str) -> None:
    await kept(here, TODAY)
    assert await here.sends(OLLI, value) == []
    assert len(await notes(here)) == 1


async def test_a_note_that_is_gone_cannot_be_compared(here: Chat) -> None:
    assert await here.sends(OLLI, "n:b:k0") == []
    assert here.outcome.notice == "This note was removed."


async def test_in_finnish(here: Chat) -> None:
    (said,) = await here.writes(replace(OLLI, locale="fi"), "/note laskun uusi ulkoasu")
    assert (said.prompt.title, said.prompt.lines[0]) == ("Merkitty", "16.11. laskun uusi ulkoasu")
