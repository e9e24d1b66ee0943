"""The message daily, monthly or not at all, and what a change of the rhythm does: nothing twice, nothing left out."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from bot.errors import WrongUse
from bot.events import CommentWritten, Delivered, ScoreChosen
from bot.service.health import Health
from bot.spans import Day, Every, Month, Span, parse_span
from bot.summary import to_json
from bot.weeks import Week
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import OLLI, Chat, chat, labels
from tests.world import TestClock, World, world

WEDNESDAY = datetime(2026, 3, 18, 10, tzinfo=UTC)
LATEST = "Posted late"


def utc(month: int, day: int, hour: int = 7, minute: int = 0, year: int = 2026) -> datetime:
    """09:00 in Helsinki in winter, unless told otherwise."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY)) as made:
        yield made


async def answered(here: World, who: str, score: int) -> None:
    made = await here.asked(who, ticket=f"T-{who}")
    for event in (Delivered(), ScoreChosen(score), CommentWritten(f"words of {who} here")):
        await here.tells(event, made, who)


async def posted(here: World, *moments: datetime) -> list[Span]:
    """What the ticks of these moments post."""
    found: list[Span] = []
    for here.clock.at in moments:
        found += await here.summaries.post_due()
        await here.quiet()
    return found


async def texts(here: World) -> list[str]:
    await here.quiet()
    return [message.prompt.text for message in await here.messages("owner")]


async def test_every_day_about_yesterday(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), summary_every="day") as here:
        assert await posted(here, WEDNESDAY) == []
        await answered(here, "kim", 5)
        found = await posted(here, utc(3, 19, 6, 59), utc(3, 19), utc(3, 19, 12), utc(3, 20))
        assert found == [Day(date(2026, 3, 18)), Day(date(2026, 3, 19))]
        first, second = await texts(here)
        assert first.splitlines()[0] == "Wednesday 18 Mar · Helsinki time"
        assert "CSAT 100 %" in first
        assert "Scores count answers given that day; this line follows the people asked that day." in first
        assert "words of kim here" in first
        assert "CSAT: nobody answered that day" in second
        assert "week" not in (first + second).replace("choose a weekly message", "")
        assert await here.decided() == [("2026-03-18", "posted"), ("2026-03-19", "posted")]


async def test_every_month_on_its_first_day(database_url: str, keyring: Keyring) -> None:
    clock = TestClock(utc(11, 20))
    async with world(database_url, keyring, clock=clock, summary_every="month", summary_at="fri 09:00") as here:
        await answered(here, "kim", 5)
        found = await posted(here, utc(11, 30, 23), utc(12, 1, 6, 59), utc(12, 1), utc(1, 1, 7, year=2027))
        assert found == [Month(2026, 11), Month(2026, 12)]
        first, second = await texts(here)
        assert first.splitlines()[0] == "November 2026 · Helsinki time"
        assert "CSAT: nobody answered that month" in second
        assert "week" not in (first + second).replace("choose a weekly message", "")


async def test_off_posts_nothing_by_itself_and_all_when_asked(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), summary_every="off") as here:
        assert await posted(here, WEDNESDAY, utc(3, 23), utc(4, 1, 6), utc(5, 1)) == []
        await here.summaries.post_again("default", Week(2026, 17))
        assert len(await texts(here)) == 1
        checks = await Health(here.store, here.context).checks("default", serving=True)
        assert "switched off" in next(one.text for one in checks if one.name == "next summary")


async def test_a_change_begins_with_the_current_span_and_makes_up_for_nothing(here: World) -> None:
    assert await posted(here, WEDNESDAY, utc(3, 23)) == [Week(2026, 12)]
    await here.set(summary_every="day")
    assert await posted(here, utc(3, 25, 12), utc(3, 26), utc(3, 27)) == [
        Day(date(2026, 3, 25)),
        Day(date(2026, 3, 26)),
    ]
    await here.set(summary_every="month")
    assert await posted(here, utc(3, 27, 12), utc(3, 30), utc(4, 1, 5, 59)) == []
    assert await posted(here, utc(4, 1, 6)) == [Month(2026, 3)]
    await here.set(summary_every="off")
    assert await posted(here, utc(4, 1, 9), utc(5, 4)) == []
    await here.set(summary_every="week")
    assert await posted(here, utc(5, 5), utc(5, 11, 6)) == [Week(2026, 19)]
    said = "\n".join(await texts(here))
    assert LATEST not in said, "what was not wanted was not missed"
    assert "was not posted" not in said
    assert "Not posted" not in said


async def test_there_and_back_within_a_week_posts_nothing_twice(here: World) -> None:
    assert await posted(here, WEDNESDAY, utc(3, 23)) == [Week(2026, 12)]
    for every in ("month", "day", "off", "week"):
        await here.set(summary_every=every)
        assert await posted(here, here.clock.at + timedelta(minutes=5)) == []
    assert await posted(here, utc(3, 24), utc(3, 30, 6)) == [Week(2026, 13)]


async def test_an_hour_that_is_over_when_it_is_set_is_no_downtime(here: World) -> None:
    assert await posted(here, WEDNESDAY, utc(3, 23)) == [Week(2026, 12)]
    await here.set(summary_at="fri 09:00")
    assert await posted(here, utc(3, 23, 8), utc(3, 30, 6), utc(4, 1, 12)) == []
    await here.set(summary_at="mon 09:00")
    assert await posted(here, utc(4, 1, 13), utc(4, 6, 6)) == [Week(2026, 13), Week(2026, 14)]
    assert LATEST not in "\n".join(await texts(here))
    assert await posted(here, utc(4, 14, 6)) == [Week(2026, 15)]
    assert LATEST in (await texts(here))[-1], "nobody ticked on Monday"


async def test_a_rhythm_of_an_older_version_learns_its_hour_and_was_down_all_the_same(here: World) -> None:
    assert await posted(here, WEDNESDAY, utc(3, 23)) == [Week(2026, 12)]
    await here.execute("UPDATE rhythm SET schedule = NULL, scheduled = NULL")
    assert await posted(here, utc(3, 31)) == [Week(2026, 13)]
    assert LATEST in (await texts(here))[-1]
    assert await here.rows("SELECT schedule FROM rhythm") == [("mon 09:00 Europe/Helsinki",)]


async def test_two_replicas_keep_one_rhythm(database_url: str, keyring: Keyring) -> None:
    clock = TestClock(WEDNESDAY)
    async with (
        world(database_url, keyring, clock=clock, summary_every="day") as one,
        world(database_url, keyring, clock=clock, owner="b", summary_every="day") as other,
    ):
        for clock.at in (WEDNESDAY, utc(3, 19), utc(3, 20)):
            await one.summaries.post_due()
            await other.summaries.post_due()
        await one.quiet()
        await other.quiet()
        assert len(await texts(one)) == 2


@pytest.mark.parametrize(
    ("every", "back", "missed", "newest"),
    [
        ("day", utc(3, 23, 12), "Thursday 19 Mar, Friday 20 Mar, Saturday 21 Mar", "2026-03-22"),
        ("month", utc(6, 1, 12), "March 2026, April 2026", "2026-05"),
    ],
)
async def test_after_downtime_the_newest_is_posted_late_and_names_the_others(
    database_url: str, keyring: Keyring, every: str, back: datetime, missed: str, newest: str
) -> None:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), summary_every=every) as here:
        await posted(here, WEDNESDAY, utc(3, 19))
        here.clock.at = back
        assert [str(one) for one in await here.summaries.post_due()] == [newest]
        last = (await texts(here))[-1]
        assert f"Not posted, because the service was down: {missed}. To see the newest: pulssi summary --period" in last
        assert LATEST in last
        states = [state for _, state in await here.decided()]
        assert states.count("passed_over") == len(missed.split(", "))
        assert states[-1] == "posted"


async def test_any_span_can_be_seen_and_json_says_what_it_is(here: World) -> None:
    await answered(here, "kim", 4)
    here.clock.at = utc(3, 25)
    for text, every in (("2026-03-18", "day"), ("2026-W12", "week"), ("2026-03", "month")):
        found = cast(dict[str, Any], to_json(await here.summaries.week("default", parse_span(text))))
        assert (found["period"], found["every"]) == (text, every)
        assert found["week"] == (text if every == "week" else None)
        assert [one["n"] for one in found["scores"]] == [1]
        assert len(found["scores"][0]["weeks"]) == 12
    for text in ("2026-03-26", "2026-04", "2026-W14"):
        with pytest.raises(WrongUse, match="has not begun"):
            await here.summaries.week("default", parse_span(text))


async def test_yesterdays_figures_that_moved_are_told_today(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), summary_every="day") as here:
        made = await here.asked("kim", ticket="T-1")
        for event in (Delivered(), ScoreChosen(5)):
            await here.tells(event, made, "kim")
        await posted(here, WEDNESDAY, utc(3, 19))
        await here.tells(ScoreChosen(1), made, "kim")
        await posted(here, utc(3, 20))
        assert "Wednesday 18 Mar: these figures have moved since they were posted: CSAT 0 %" in (await texts(here))[-1]


@pytest.fixture
async def talk(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(OLLI, Role.OWNER)
        yield found


@pytest.mark.parametrize(
    ("label", "every", "line", "coming"),
    [
        ("Every day", Every.DAY, "Daily message: webchat:owner", "Next: Tuesday 17 Nov 09:00"),
        ("Every month", Every.MONTH, "Monthly message: webchat:owner", "Next: Tuesday 1 Dec 09:00"),
        ("Never by itself", Every.OFF, "Message, when asked for: webchat:owner", "No message comes by itself"),
    ],
)
async def test_an_owner_sets_it_by_buttons(talk: Chat, label: str, every: Every, line: str, coming: str) -> None:
    (shown,) = await talk.writes(OLLI, "/settings")
    (asked,) = await talk.presses(OLLI, "How often", shown)
    assert labels(asked) == ["Every day", "Every week", "Every month", "Never by itself", "Back"]
    (shown,) = await talk.presses(OLLI, label, asked)
    assert line in shown.prompt.lines
    assert any(one.startswith(coming) for one in shown.prompt.lines)
    assert await talk.settings() == {"summary_every": every.value}
    (hours,) = await talk.presses(OLLI, "Day and hour", shown)
    assert ("06:00" in labels(hours)) is (every is not Every.OFF)


async def test_a_forged_rhythm_changes_nothing(talk: Chat) -> None:
    for value in ("g:e:year", "g:e:", "g:e:week:1"):
        await talk.sends(OLLI, value)
    assert await talk.settings() == {}


async def test_a_day_or_a_month_can_be_asked_for(talk: Chat) -> None:
    (month,) = await talk.writes(OLLI, "/summary 2026-10")
    assert month.prompt.title == "October 2026 · Helsinki time"
    (day,) = await talk.writes(OLLI, "/summary 2026-11-16")
    assert day.prompt.title == "Monday 16 Nov · Helsinki time · so far"
    (refused,) = await talk.writes(OLLI, "/summary 2026-12")
    assert "has not begun" in refused.prompt.title


@pytest.mark.parametrize(
    ("locale", "day", "month"),
    [("fi", "Maanantai 16.11. · Helsingin aikaa", "Lokakuu 2026 · Helsingin aikaa"),
     ("sv", "Måndag 16 november", "Oktober 2026")],
)  # fmt: skip
async def test_in_other_languages(here: World, locale: str, day: str, month: str) -> None:
    here.clock.at = utc(11, 17)
    await here.set(locale=locale)
    for text, title in (("2026-11-16", day), ("2026-10", month)):
        found = await here.summaries.message(await here.summaries.week("default", parse_span(text)))
        assert found.title.startswith(title.split(" · ")[0])
