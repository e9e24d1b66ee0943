"""The buttons below the weekly message: by role, about their own week, in every state that a week can be in."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation import advance
from bot.events import AnswerDeleted, CommentWritten, Delivered, Person, ScoreChosen
from bot.invitation import Interaction
from bot.ports import Dispatch, Saved, UnitOfWork
from bot.surveys import Scale
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from tests.flows.chat import ANNA, GROUP, OLLI, STRANGER, Chat, in_group, labels, lines, staffed
from tests.world import person

WEEK = "2026-W47"  # in which the test's clock begins
VALUES = ("com", "team", "tp", "12", "dis", "low", "why", "def")
PEOPLE = ("com", "low")
REFUSED = "Only owners can do that."
TEAMS = {"Billing": ("Anna", "Jukka", "Mia"), "Delivery": ("Sanna",)}


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with staffed(sqlite_url, keyring) as found:
        yield found


async def answer(here: Chat, who: str, score: int, words: str = "", team: str = "Billing", agent: str = "Anna") -> None:
    about = Interaction(ticket=f"T-{who}", agent=agent, team=team, touchpoint="phone")
    made = await here.world.asked(who, about=about)
    await here.world.quiet()
    await here.world.tells(Delivered(), made, who)
    await here.world.tells(ScoreChosen(score), made, who)
    if words:
        await here.world.tells(CommentWritten(words), made, who)


async def a_week(here: Chat) -> None:
    """Twelve answers to a team of three, four to a team of one; two of them low, three with words."""
    for number in range(12):
        words = "Call me at 040 123 4567, the VAT was wrong" if number == 0 else "Fine by me" if number == 1 else ""
        await answer(here, f"b{number}", 1 if number == 0 else 5, words, agent=TEAMS["Billing"][number % 3])
    for number in range(4):
        await answer(
            here, f"d{number}", 2 if number == 0 else 4, "Late again" if number == 0 else "", "Delivery", "Sanna"
        )
    await here.world.quiet()


def value(what: str, week: str = WEEK, page: str = "") -> str:
    return ":".join(part for part in ("f", what, week, page) if part)


async def presses(here: Chat, who: Person, what: str, **more: Any) -> list[Dispatch]:
    return await here.sends(who, what, **more)


async def told(here: Chat, who: Person, what: str) -> str:
    """What the person who pressed reads, message or hint."""
    sent = await here.sends(who, what)
    return lines(sent) or str(here.outcome.notice)


async def test_an_owner_reads_everything_and_the_message_stays(database_url: str, keyring: Keyring) -> None:
    async with staffed(database_url, keyring) as here:
        await a_week(here)
        titles = {}
        for what in VALUES:
            one, *pictures = await presses(here, OLLI, value(what))
            assert (one.address, one.message, here.outcome.notice) == (OLLI.address, "", None)
            assert len(pictures) == (what == "dis")
            titles[what] = one.prompt.title
        assert titles["com"] == "Comments · Week 47 · 16\u201322 Nov"
        comments = await told(here, OLLI, value("com"))
        assert "“Call me at […], the VAT was wrong” · 1 of 5 · Billing · T-b0 · Mon" in comments
        assert "“Late again” · 2 of 5 · T-d0 · Mon" in comments  # the team would name Sanna
        assert comments.index("Late again") < comments.index("Fine by me") < comments.index("Call me")
        low = (await told(here, OLLI, value("low"))).splitlines()
        assert low[1:] == [
            "2 answers",
            "1. “Late again” · 2 of 5 · T-d0 · Mon · nobody has taken it yet",
            "2. “Call me at […], the VAT was wrong” · 1 of 5 · Billing · T-b0 · Mon · nobody has taken it yet",
        ]
        teams = await told(here, OLLI, value("team"))
        assert "Billing · 92 % (likely 65\u201399) · 12 answers · no comparison yet" in teams
        assert "Delivery" not in teams
        assert "phone · 88 %" in await told(here, OLLI, value("tp"))
        assert "47 · 88 % (likely 64\u201397) · 16" in await told(here, OLLI, value("12"))
        assert "no comparison yet" in await told(here, OLLI, value("why"))
        assert "Share of answers of 4\u20135 on the scale 1\u20135." in await told(here, OLLI, value("def"))


async def test_how_often_each_score_was_given_comes_in_words_and_as_a_picture(here: Chat) -> None:
    await a_week(here)
    for who in (OLLI, ANNA):
        words, photo = await presses(here, who, value("dis"))
        assert words.prompt.title == "Answers by score · Week 47 · 16\u201322 Nov"
        assert words.prompt.lines == (
            "CSAT, 16 answers",
            "Satisfied: 14 (88 %), Neutral: 0 (0 %), Dissatisfied: 2 (13 %)",
            "By score: 1: 1, 2: 1, 3: 0, 4: 3, 5: 11.",
        )
        assert (photo.address, photo.prompt.lines) == (who.address, ())
        assert photo.prompt.title == f"{words.prompt.title} · so far"  # it is passed on without its message
        assert photo.prompt.picture is not None
        assert photo.prompt.picture.distributions[0].n == 16


async def test_a_low_score_leads_to_its_case_and_says_what_became_of_it(here: Chat) -> None:
    await a_week(here)
    [low] = await presses(here, OLLI, value("low"))
    assert labels(low) == ["1. 2 of 5 · T-d0", "2. 1 of 5 · T-b0"]
    [case] = await here.presses(OLLI, "1. 2 of 5", low)
    assert (case.address, case.prompt.title) == (OLLI.address, "2 of 5")
    await here.presses(OLLI, "I take it", case)
    [again] = await presses(here, OLLI, value("low"))
    assert again.prompt.lines[1].endswith(" · Olli takes it")


async def test_names_stand_beside_what_was_said(here: Chat) -> None:
    await answer(here, "v1", 1, "I am Kim Lahtinen")
    await here.world.quiet()

    async def named(uow: UnitOfWork) -> None:
        known = await uow.customers.at("default", person("v1"), lock=True)
        assert known is not None
        await uow.customers.change(replace(known, name="Kim Lahtinen"))

    await here.world.store.write(named)
    for what in PEOPLE:
        assert "“I am […]” · 1 of 5 · Kim Lahtinen · T-v1" in await told(here, OLLI, value(what))


async def test_staff_read_figures_and_nobodys_words(here: Chat) -> None:
    await a_week(here)
    for what in VALUES:
        found = await told(here, ANNA, value(what))
        assert (found == REFUSED) == (what in PEOPLE), what
    so_far = await told(here, ANNA, "f:now")
    assert "16 answers" in so_far
    assert "“" not in so_far
    assert "“" in await told(here, OLLI, "f:now")


async def test_a_stranger_reads_nothing(here: Chat) -> None:
    await a_week(here)
    for what in (*map(value, VALUES), "f:now", "f:kpi", value("agent")):
        assert await told(here, STRANGER, what) == "Only members of the workspace can do that."


async def test_single_agents_only_where_the_setting_has_them(sqlite_url: str, keyring: Keyring) -> None:
    async with staffed(sqlite_url, keyring, agent_figures="owner") as here:
        await a_week(here)
        assert "By agent" in labels((await here.writes(OLLI, "/summary now"))[0])
        agents = await told(here, OLLI, value("agent"))
        assert "Sanna · 75 % (likely 30\u201395) · 4 answers · too few answers" in agents
        assert await told(here, ANNA, value("agent")) == REFUSED
        assert "Delivery · 75 %" in await told(here, ANNA, value("team"))
        assert "Sanna" not in await told(here, ANNA, "f:now")
        assert "“Late again” · 2 of 5 · Delivery · Sanna · T-d0" in await told(here, OLLI, value("low"))


async def test_without_that_setting_the_button_of_agents_is_refused(here: Chat) -> None:
    await a_week(here)
    assert await told(here, OLLI, value("agent")) == "Figures of single people are switched off here."
    assert "By agent" not in labels((await here.writes(OLLI, "/summary now"))[0])


async def test_many_comments_are_turned_page_by_page_in_one_message(here: Chat) -> None:
    for number in range(23):
        await answer(here, f"c{number}", 5, f"Comment number {number}")
    await here.world.quiet()
    [first] = await presses(here, OLLI, value("com"))
    assert first.prompt.lines[0] == "23 answers · page 1 of 3"
    assert (labels(first), len(first.prompt.lines)) == (["More"], 11)
    [second] = await here.presses(OLLI, "More", first)
    assert second.message == "pressed"
    assert labels(second) == ["Back", "More"]
    [third] = await here.presses(OLLI, "More", second)
    assert (labels(third), third.prompt.lines[0]) == (["Back"], "23 answers · page 3 of 3")
    every = lines([first, second, third])
    assert all(f"Comment number {number}”" in every for number in range(23))
    [last] = await presses(here, OLLI, value("com", page="99"))
    assert last.prompt.lines == third.prompt.lines


async def test_pressed_in_a_group_it_is_read_in_ones_own_chat(here: Chat) -> None:
    await a_week(here)
    [one] = await presses(here, OLLI, value("com"), at=in_group("8"))
    assert (one.address, here.outcome.notice) == (OLLI.address, "You find it in your own chat with me.")
    assert await presses(here, ANNA, value("com"), at=in_group("7")) == []
    assert here.outcome.notice == REFUSED


async def test_it_is_said_in_the_language_of_whoever_presses(here: Chat) -> None:
    await a_week(here)
    finn = replace(OLLI, locale="fi")
    assert (await told(here, finn, value("low"))).startswith(
        "Matalat arvosanat · Viikko 47 · 16.\u201322.11.\n2 vastausta"
    )
    assert "Mihin arviot perustuvat?" in await told(here, finn, value("why"))
    assert await told(here, replace(ANNA, locale="sv"), value("com")) == "Det kan bara ägare göra."


@pytest.mark.parametrize(
    "what",
    ["", "x", "com", "com:", "com:2026-W99", "com:2099-W01", "com:47", "com:2026-W47:x", "com:2026-W47:-1",
     "com:2026-W47:1000000", "com:2026-W47:1:1", "COM:2026-W47", "kpi:2026-W47", "def:2026-W48", "12:0000-W00"],
)  # fmt: skip
async def test_what_never_stood_on_a_button_does_nothing(here: Chat, what: str) -> None:
    assert await presses(here, OLLI, f"f:{what}") == []
    assert here.outcome.notice == "This button does nothing any more."


@pytest.mark.parametrize("what", VALUES)
async def test_an_empty_week_says_so(here: Chat, what: str) -> None:
    found = await told(here, OLLI, value(what, "2024-W03"))
    assert found.splitlines()[1:] == ["There is nothing to show."]


async def test_old_buttons_still_answer(here: Chat) -> None:
    await a_week(here)
    assert "This week so far: 88 %" in await told(here, OLLI, "f:kpi")
    assert "This week so far: 88 %" in await told(here, ANNA, "f:kpi")


async def test_a_message_that_has_moved_since_is_told_to_have(here: Chat) -> None:
    await here.world.set(owner_channel=str(GROUP))
    await a_week(here)
    here.world.clock.advance(days=7)
    await here.world.summaries.post_due()
    await here.world.quiet()
    posted = [one for one in here.phone.sent if one.week == WEEK][-1]
    assert labels(posted)[0] == "Comments"
    assert (await presses(here, OLLI, value("12")))[0].prompt.title == "12 weeks · Week 47 · 16\u201322 Nov"
    await here.world.store.write(_one_answer_less)
    [now] = await presses(here, OLLI, value("12"))
    assert now.prompt.title.endswith(" · as of now")
    assert now.prompt.lines[-1].startswith("Week 47 has moved since it was posted: CSAT")
    assert "47 · 87 %" in lines([now])


async def _one_answer_less(uow: UnitOfWork) -> None:
    """A person takes an answer back: the figures follow."""
    [found] = await uow.invitations.about_ticket("default", "T-b2", 5)
    before = (await uow.invitations.load([found.id], lock=True))[found.id]
    step = advance(before, AnswerDeleted(), before.decided_at + timedelta(days=1), Week.parse(WEEK).sunday)
    await uow.invitations.save([Saved(before, step.invitation, step.history)])


async def test_a_week_whose_version_was_changed_since_answers_with_its_own(here: Chat) -> None:
    await a_week(here)

    async def on_ten(uow: UnitOfWork) -> None:
        newest = await uow.surveys.newest("default", "csat")
        assert newest is not None
        wider = replace(newest.survey, scale=Scale(1, 10), good=(8, 10), bad=(1, 4), version=newest.survey.version + 1)
        await uow.surveys.add("default", wider, here.world.clock.now())

    await here.world.store.write(on_ten)
    here.world.clock.advance(days=7)
    for number in range(3):
        await answer(here, f"n{number}", 4)
    await here.world.quiet()
    assert "2 of 5" in await told(here, OLLI, value("low"))
    assert "47 · 88 %" in await told(here, OLLI, value("12"))
    later = str(Week.parse(WEEK).next())
    assert "48* · 0 %" in await told(here, OLLI, value("12", later))
    assert "4 of 10" in await told(here, OLLI, value("low", later))


async def test_the_command_has_the_same_buttons(here: Chat) -> None:
    await a_week(here)
    [now] = await here.writes(OLLI, "/summary now")
    assert labels(now)[2:] == ["By touchpoint", "Answers by score", "Low scores", "What the figures mean"]
    [shown] = await here.presses(OLLI, "By team", now)
    assert shown.prompt.title == "By team · Week 47 · 16\u201322 Nov"
