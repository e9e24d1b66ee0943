"""/summary, /kpi and /mine: what owners and staff read, and where."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.events import CommentWritten, Delivered, ScoreChosen
from bot.invitation import Interaction
from bot.values import replace
from bot.workspace import Member, Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, GROUP, OLLI, Chat, chat, in_group, lines, staffed


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with staffed(sqlite_url, keyring) as found:
        yield found


async def answers(here: Chat, scores: list[int], survey: str = "csat", agent: str = "Anna", who: str = "v") -> None:
    for number, score in enumerate(scores):
        made = await here.world.asked(f"{who}{number}", survey, about=Interaction(agent=agent))
        await here.world.quiet()
        await here.world.tells(Delivered(), made, f"{who}{number}")
        await here.world.tells(ScoreChosen(score), made, f"{who}{number}")
    await here.world.quiet()


async def test_summary_of_last_week_of_a_week_and_of_now(here: Chat) -> None:
    await answers(here, [5, 4, 1])
    (last,) = await here.writes(OLLI, "/summary")
    assert last.prompt.title.startswith("Week 46 · 9\u201315 Nov")
    assert last.week is None
    (now,) = await here.writes(OLLI, "/summary now")
    assert "Week 47" in now.prompt.title
    assert "3 answers" in lines([now])
    for typed in ("47", "w47", "2026-W47"):
        assert "Week 47" in (await here.writes(OLLI, f"/summary {typed}"))[0].prompt.title
    (before,) = await here.writes(OLLI, "/summary 48")
    assert before.prompt.title.startswith("Week 48 · 24\u201330 Nov")  # of last year: this one has not come
    (ahead,) = await here.writes(OLLI, "/summary 2026-W48")
    assert ahead.prompt.title == "Week 2026-W48 has not begun."
    for typed in ("99", "next", "2026-W99", "٤٧"):
        (told,) = await here.writes(OLLI, f"/summary {typed}")
        assert told.prompt.title.startswith("I do not know that week.")
    assert await here.world.decided() == []


async def test_summary_speaks_the_owners_language_and_in_their_group_the_businesss(here: Chat) -> None:
    finn = replace(OLLI, locale="fi")
    assert (await here.writes(finn, "/summary"))[0].prompt.title.startswith("Viikko 46")
    (private,) = await here.writes(finn, "/summary", at=in_group("8"))
    assert private.address == OLLI.address
    await here.world.set(owner_channel="telegram:-100200/5", locale="sv")
    (public,) = await here.writes(finn, "/summary", at=in_group("8"))
    assert public.address == GROUP
    assert public.prompt.title.startswith("Vecka 46")


async def test_kpi_shows_what_it_rests_on(here: Chat) -> None:
    (none,) = await here.writes(OLLI, "/kpi")
    assert none.prompt.lines == ("Nobody has answered this week or last week.",)
    await answers(here, [5] * 8 + [1] * 4)
    await answers(here, [0], "nps", who="n")
    (all_,) = await here.writes(OLLI, "/kpi")
    assert all_.prompt.title == "This week so far, and last week"
    csat = all_.prompt.lines[:4]
    assert csat[0] == "CSAT"
    assert csat[1] == (
        "This week so far: 67 % (likely 39\u201386) · 12 answers · answered 12 of 12 delivered (100 % so far)"
    )
    assert csat[2] == "Last week: 0 answers"
    assert csat[3].startswith("Share of answers of 4\u20135 on the scale 1\u20135.")
    assert "This week so far: \u2212100 (likely \u221298 to 48) · 1 answer · too few answers" in lines([all_])
    (one,) = await here.writes(replace(OLLI, locale="fi"), "/kpi ces")
    assert one.prompt.lines[0] == "Asioinnin helppous (CES)"
    assert "0 vastausta" in one.prompt.lines[1]
    for typed in ("open", "nonsense", "<b>"):
        (told,) = await here.writes(OLLI, f"/kpi {typed}")
        assert told.prompt.title == f"There is no survey {typed} with figures; there are: csat, nps, ces."


async def test_mine_shows_ones_own_and_nobody_elses(here: Chat) -> None:
    (none,) = await here.writes(ANNA, "/mine")
    assert none.prompt.lines[0] == "None yet."
    await answers(here, [5] * 9 + [1])
    await answers(here, [2] * 3, agent="Olli", who="o")
    (mine,) = await here.writes(ANNA, "/mine", at=in_group("7"))
    assert mine.address == ANNA.address
    assert mine.prompt.lines[0] == "CSAT 90 % (likely 60\u201398) · 10 answers"
    (few,) = await here.writes(replace(OLLI, locale="fi"), "/mine")
    assert few.prompt.lines[0].endswith("3 vastausta · liian vähän vastauksia")
    here.world.clock.advance(days=28)
    assert (await here.writes(ANNA, "/mine"))[0].prompt.lines[0] == "None yet."


async def test_mine_is_silent_where_names_do_not_tell_people_apart(here: Chat) -> None:
    await answers(here, [5] * 10)
    twin = Member("member-twin", "default", "Anna", Role.STAFF, here.world.clock.now())
    await here.world.store.write(lambda uow: uow.members.add(twin))
    (told,) = await here.writes(ANNA, "/mine")
    assert told.prompt.title.startswith("Several members have your name")


@pytest.mark.parametrize(("setting", "shown"), [("self", True), ("owner", True), ("off", False)])
async def test_mine_by_setting(sqlite_url: str, keyring: Keyring, setting: Any, shown: bool) -> None:
    async with chat(sqlite_url, keyring, agent_figures=setting) as here:
        await here.member(ANNA)
        await answers(here, [5])
        (told,) = await here.writes(ANNA, "/mine")
        assert (told.prompt.title != "Figures of single people are switched off here.") is shown
        assert ("CSAT" in lines([told])) is shown


async def test_a_comment_stands_only_where_the_owner_reads(here: Chat) -> None:
    made = await here.world.sent("kim", about=Interaction(agent="Anna"))
    await here.world.tells(ScoreChosen(1), made)
    await here.world.tells(CommentWritten("<b>@all</b> bad"), made)
    (now,) = await here.writes(OLLI, "/summary now", at=in_group("8"))
    assert now.address == OLLI.address
    assert "<b>@all</b> bad" in lines([now])
