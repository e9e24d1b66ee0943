"""The buttons below a daily and a monthly message: about their own day or month, in its words, by role."""

from collections.abc import AsyncIterator

import pytest

from bot.conversation import advance
from bot.events import AnswerDeleted
from bot.ports import Saved, UnitOfWork
from bot.values import replace
from storage.keys import Keyring
from tests.flows.chat import ANNA, GROUP, OLLI, STRANGER, Chat, labels, lines, staffed
from tests.flows.test_details import REFUSED, VALUES, a_week, answer, told, value

DAY, MONTH = "2026-11-16", "2026-11"  # of the test's clock, a Monday
SPANS = pytest.mark.parametrize("span", [DAY, MONTH])
TITLES = {DAY: "Monday 16 Nov", MONTH: "November 2026"}


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with staffed(database_url, keyring) as found:
        yield found


@SPANS
async def test_every_button_answers_about_its_own_span_and_speaks_of_no_week(here: Chat, span: str) -> None:
    await a_week(here)
    [message] = await here.writes(OLLI, f"/summary {span}")
    assert labels(message)[1:5] == ["By team", "By touchpoint", "Answers by score", "Low scores"]
    for button in message.prompt.buttons:
        shown, *_ = await here.sends(OLLI, button.value)  # a picture may follow
        assert shown.prompt.title.startswith(f"{button.label} · {TITLES[span]}")
        assert "week" not in shown.prompt.text.casefold()
        assert len(shown.prompt.lines) > 1


@SPANS
async def test_by_role_as_for_a_week(here: Chat, span: str) -> None:
    await a_week(here)
    for what in VALUES:
        assert (await told(here, ANNA, value(what, span)) == REFUSED) == (what in {"com", "low"}), what
        assert await told(here, STRANGER, value(what, span)) == "Only members of the workspace can do that."


async def test_a_month_names_the_day_of_each_answer_and_its_months(here: Chat) -> None:
    await a_week(here)
    assert "“Late again” · 2 of 5 · T-d0 · 16 Nov" in await told(here, OLLI, value("com", MONTH))
    assert "2 of 5 · T-d0 · 16 Nov · nobody has taken it yet" in await told(here, OLLI, value("low", MONTH))
    assert "“Late again” · 2 of 5 · T-d0 · 16 Nov" in lines(await here.writes(OLLI, f"/summary {MONTH}"))
    rows = (await told(here, OLLI, value("12", MONTH))).splitlines()
    assert rows[0] == "12 months · November 2026"
    assert [rows[2], rows[-1]] == ["November 2026 · 88 % (likely 64\u201397) · 16", "December 2025 · \u2013 · 0"]


async def test_the_days_of_a_daily_message_and_what_is_compared(here: Chat) -> None:
    await a_week(here)
    here.world.clock.advance(days=1)
    for number in range(12):
        await answer(here, f"n{number}", 5 if number else 1)
    rows = (await told(here, OLLI, value("12", "2026-11-17"))).splitlines()
    assert [row.partition(" · ")[0] for row in rows[2:5]] == ["17 Nov", "16 Nov", "15 Nov"]
    why = await told(here, OLLI, value("why", "2026-11-17"))
    assert "; the day before 88 % (likely 64\u201397) · 16 answers · difference" in why
    assert "Fewer than 10 answers on either day: too few." in why


@pytest.mark.parametrize(
    ("locale", "title", "so_far"),
    [("fi", "Mihin arviot perustuvat? · Marraskuu 2026", "Tämä kuukausi tähän mennessä"),
     ("sv", "Vad bygger bedömningarna på? · November 2026", "Den här månaden hittills")],
)  # fmt: skip
async def test_in_other_languages(here: Chat, locale: str, title: str, so_far: str) -> None:
    await a_week(here)
    reader = replace(OLLI, locale=locale)
    found = await told(here, reader, value("why", MONTH))
    assert found.splitlines()[0] == title
    [old] = await here.writes(reader, "/summary 2026-10")
    assert labels(old)[-1] == so_far


@pytest.mark.parametrize(
    ("span", "label", "title"),
    [("2026-11-15", "Today so far", "Monday 16 Nov"), ("2026-W46", "This week so far", "Week 47"),
     ("2026-10", "This month so far", "November 2026")],
)  # fmt: skip
async def test_so_far_is_of_the_kind_that_the_button_says_whatever_the_rhythm_is(
    here: Chat, span: str, label: str, title: str
) -> None:
    await a_week(here)
    for every in ("week", "day", "month", "off"):
        await here.world.set(summary_every=every)
        [message] = await here.writes(OLLI, f"/summary {span}")
        [shown] = await here.presses(OLLI, label, message)
        assert shown.prompt.title.startswith(f"Preview · {title} · ")
        assert "16 answers" in shown.prompt.text


@pytest.mark.parametrize(("every", "title"), [("day", "Monday 16 Nov"), ("week", "Week 47"), ("month", "November")])
async def test_an_old_button_follows_the_rhythm(here: Chat, every: str, title: str) -> None:
    await here.world.set(summary_every=every)
    assert (await told(here, OLLI, "f:now")).startswith(f"Preview · {title}")


@pytest.mark.parametrize("what", ["now:", "now:off", "now:year", "now:day:1", "now:2026-W47", "kpi:day"])
async def test_no_other_so_far_was_ever_on_a_button(here: Chat, what: str) -> None:
    assert await told(here, OLLI, f"f:{what}") == "This button does nothing any more."


@pytest.mark.parametrize("span", ["2000-W05", "2000-01-11", "2000-11", "0000-01", "9999-12-31", "2026-W54", "2026-00"])
async def test_a_span_that_there_is_not_is_refused_kindly(here: Chat, span: str) -> None:
    for what in VALUES:
        assert await told(here, OLLI, value(what, span)) == "This button does nothing any more."
    [said] = await here.writes(OLLI, f"/summary {span}")
    assert said.prompt.title.startswith("I do not know that week.")


@pytest.mark.parametrize("span", ["2000-W12", "2000-01-12", "2000-12"])
async def test_the_earliest_that_can_be_told(here: Chat, span: str) -> None:
    assert "There is nothing to show." in await told(here, OLLI, value("12", span))


@pytest.mark.parametrize(
    ("span", "words"),
    [("2026-12", "December 2026 has not begun."), ("2026-11-17", "Tuesday 17 Nov has not begun."),
     ("2026-W48", "Week 2026-W48 has not begun.")],
)  # fmt: skip
async def test_what_has_not_begun_is_called_what_it_is(here: Chat, span: str, words: str) -> None:
    [said] = await here.writes(OLLI, f"/summary {span}")
    assert said.prompt.title == words


@pytest.mark.parametrize(("every", "later", "span"), [("day", 1, DAY), ("month", 16, MONTH)])
async def test_a_message_that_has_moved_since_is_told_to_have(here: Chat, every: str, later: int, span: str) -> None:
    await here.world.set(owner_channel=str(GROUP), summary_every=every)
    await here.world.summaries.post_due()
    await a_week(here)
    here.world.clock.advance(days=later)
    await here.world.summaries.post_due()
    await here.world.quiet()
    [posted] = [one for one in here.phone.sent if one.week is not None]
    assert (posted.week, posted.prompt.buttons[0].value) == (span, f"f:com:{span}")

    async def one_answer_less(uow: UnitOfWork) -> None:
        [found] = await uow.invitations.about_ticket("default", "T-b2", 5)
        before = (await uow.invitations.load([found.id], lock=True))[found.id]
        step = advance(before, AnswerDeleted(), here.world.clock.now(), here.world.clock.now().date())
        await uow.invitations.save([Saved(before, step.invitation, step.history)])

    await here.world.store.write(one_answer_less)
    now = await told(here, OLLI, value("12", span))
    assert now.splitlines()[0].endswith(" · as of now")
    assert f"{TITLES[span]}: these figures have moved since they were posted: CSAT" in now.splitlines()[-1]


@SPANS
async def test_pressed_twice_it_is_read_twice_and_a_redelivered_press_changes_nothing(here: Chat, span: str) -> None:
    await a_week(here)
    [first] = await here.sends(OLLI, value("low", span), event="press-1")
    assert await here.sends(OLLI, value("low", span), event="press-1") == []
    [again] = await here.sends(OLLI, value("low", span), event="press-2")
    assert first.prompt == again.prompt
