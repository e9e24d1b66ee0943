"""The pictures of a summary: which there are, what stands in them, and that they say what the message says."""

import re
from datetime import date

import pytest

from bot.picture_text import alt_text, ends, written
from bot.pictures import Note, Trend, Unit
from bot.summary import Funnel, Group, Summary, SurveyWeek, summarise
from bot.summary_picture import distribution_picture, distribution_words, trend_picture
from bot.summary_text import to_prompt
from bot.surveys import BUILT_IN
from bot.texts import LOCALES, texts
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import EDITION, WEEK, rich, rising, share

CSAT, CES, NPS, OPEN = BUILT_IN
EN = texts("en")


def of(*surveys: SurveyWeek, **edition: object) -> Summary:
    return summarise(replace(EDITION, **edition), surveys, Funnel())  # type: ignore[arg-type]  # fields of an edition


def only_trend(summary: Summary) -> Trend:
    picture = trend_picture(summary, EN)
    assert picture is not None
    [found] = picture.trends
    return found


def weekly(*percents: int | None) -> SurveyWeek:
    """CSAT in the last of twelve weeks, with these shares of satisfied at its end."""
    weeks = tuple({} if percent is None else share(percent, 100) for percent in percents)
    weeks = (*({} for _ in range(12 - len(weeks))), *weeks)
    return SurveyWeek(CSAT, weeks[-1], weeks[-2] or None, weeks)


@pytest.mark.parametrize(("percents", "drawn"), [((80,), False), ((None, 80), False), ((75, None), False),
                                                 ((75, 80), True), ((70, None, 80), True)])  # fmt: skip
def test_there_is_a_picture_from_two_weeks_with_a_value_on(percents: tuple[int | None, ...], drawn: bool) -> None:
    assert (trend_picture(of(weekly(*percents)), EN) is not None) == drawn


def test_a_survey_with_one_week_stands_beside_one_with_two() -> None:
    nps = SurveyWeek(NPS, {10: 20}, None, (*({},) * 11, {10: 20}))
    picture = trend_picture(of(weekly(75, 80), nps), EN)
    assert picture is not None
    assert [len(one.answered) for one in picture.trends] == [2, 1]


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "everybody's answers"), ("fi", "kaikkien vastaukset"), ("sv", "allas svar")]
)
def test_the_picture_of_a_groups_message_says_whose_figures_it_shows(locale: str, words: str) -> None:
    whole = of(weekly(75, 80))
    limited = replace(whole, edition=replace(whole.edition, limit=Group("team", "Billing")))
    titles = [picture.title for one in (whole, limited) if (picture := trend_picture(one, texts(locale)))]
    assert [title.endswith(f" · {words}") for title in titles] == [False, True]


def test_an_empty_summary_has_no_picture() -> None:
    assert trend_picture(of(), EN) is None
    assert distribution_picture(of(), EN) is None


def test_the_weeks_are_those_of_the_summary_and_nothing_is_rounded() -> None:
    summary = of(SurveyWeek(CSAT, rising()[-1], rising()[-2], rising()))
    found = only_trend(summary)
    assert (found.points[0].week, found.points[-1].week) == (Week(2026, 36), WEEK)
    assert tuple(point.value for point in found.points) == summary.scores[0].line
    assert (found.points[-1].n, found.points[-1].interval) == (
        summary.scores[0].figure.n, summary.scores[0].figure.interval,
    )  # fmt: skip


def test_the_goal_is_a_line_and_changes_are_marks() -> None:
    changed = (Week(2026, 40), Week(2026, 45))
    week = SurveyWeek(replace(CSAT, goal=82.5), rising()[-1], rising()[-2], rising(), changed=changed)
    found = only_trend(of(week))
    assert (found.goal, found.changed) == (82.5, changed)
    assert [run[0].week for run in found.runs()] == [Week(2026, 36), *changed]


def test_notes_stand_in_the_picture() -> None:
    note = Note(date(2026, 10, 1), "new invoice layout")
    picture = trend_picture(of(weekly(75, 80)), EN, [note])
    assert picture is not None
    assert picture.dated == (note,)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_picture_and_the_message_say_the_same_figures(locale: str) -> None:
    say, summary = texts(locale), rich()
    picture = trend_picture(summary, say)
    assert picture is not None
    assert len(picture.trends) == len([line for line in summary.scores if line.weeks])
    for found in picture.trends:
        last = found.points[-1]
        assert last.interval is not None
        line = next(one for one in to_prompt(summary, say).lines if one.startswith(f"{found.title} "))
        assert f"{found.title} {written(last.value, found.unit, say)}" in line
        assert ends(last.interval, found.unit, say) in line
        assert say.plural("{n} answer", "{n} answers", last.n) in line


def test_the_goal_in_the_alternative_text_is_the_messages() -> None:
    picture = trend_picture(rich(), EN)
    assert picture is not None
    told = re.search(r"Goal 82 %; the last is (\d+) below it\.", alt_text(picture, EN))
    line = next(one for one in to_prompt(rich(), EN).lines if one.startswith("CSAT"))
    assert told is not None
    assert f"{told[1]} below your goal" in line


@pytest.mark.parametrize(
    ("edition", "title"),
    [({}, "12 weeks, to week 47"), ({"sample": True}, "Sample · 12 weeks, to week 47"),
     ({"so_far": True}, "12 weeks, to week 47 · so far")],
)  # fmt: skip
def test_what_is_special_stands_in_the_title_too(edition: dict[str, bool], title: str) -> None:
    picture = trend_picture(of(weekly(75, 80), **edition), EN)
    assert picture is not None
    assert picture.title == title


def test_the_distribution_has_each_score_of_the_week() -> None:
    picture = distribution_picture(rich(), EN)
    assert picture is not None
    assert picture.title == "Answers by score · Week 47 · 16\u201322 Nov"
    assert [found.title for found in picture.distributions] == ["CSAT", "NPS", "CES"]
    assert [found.n for found in picture.distributions] == [line.figure.n for line in rich().scores]
    counts = dict(picture.distributions[1].counts)
    assert {score: n for score, n in counts.items() if n} == rich().scores[1].histogram


def test_the_words_of_the_distribution_say_the_same() -> None:
    words = distribution_words(rich(), EN)
    assert words[:3] == [
        "CSAT, 620 answers",
        "Satisfied: 496 (80 %), Neutral: 0 (0 %), Dissatisfied: 124 (20 %)",
        "By score: 1: 0, 2: 124, 3: 0, 4: 0, 5: 496.",
    ]
    picture = distribution_picture(rich(), EN)
    assert picture is not None
    told = alt_text(picture, EN)
    assert all(line.rstrip(".") in told for line in words)
    assert len(words) == 3 * len(picture.distributions)
    assert distribution_words(of(SurveyWeek(NPS, {}, {10: 20})), EN) == []


def test_a_survey_that_nobody_answered_this_week_has_no_distribution() -> None:
    stopped = SurveyWeek(NPS, {}, {10: 20}, (*({},) * 10, {10: 20}, {}))
    picture = distribution_picture(of(weekly(75, 80), stopped), EN)
    assert picture is not None
    assert [found.title for found in picture.distributions] == ["CSAT"]


def test_an_effort_survey_keeps_its_unit() -> None:
    weeks: tuple[dict[int, int], ...] = (*({},) * 10, {7: 20, 6: 12}, {7: 10, 6: 22})
    assert only_trend(of(SurveyWeek(CES, weeks[-1], weeks[-2], weeks))).unit is Unit.MEAN
