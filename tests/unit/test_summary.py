"""The weekly summary: its figures, its JSON, and words that claim no more than the figures."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.summary import Comment, Edition, Funnel, Period, Summary, SurveyWeek, Why, chosen, kpi_json, summarise, to_json
from bot.summary_text import LONGEST_COMMENT, headline, to_prompt
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey
from bot.texts import LOCALES, Texts, texts
from bot.trends import Verdict
from bot.values import replace
from bot.weeks import Week

GOLDEN = Path(__file__).parents[1] / "golden" / "prompts"
CSAT, CES, NPS, OPEN = BUILT_IN
EFFORT = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
EN = texts("en")
WEEK = Week(2026, 47)
EDITION = Edition(workspace="default", business="Acme", week=WEEK, timezone="Europe/Helsinki")
CSAT_80 = {1: 10, 2: 10, 3: 20, 4: 40, 5: 120}
CSAT_76 = {1: 14, 2: 14, 3: 20, 4: 40, 5: 112}
NPS_31 = {10: 201, 8: 146, 3: 71}
NPS_45 = {10: 240, 8: 120, 3: 52}
FUNNEL = Funnel(
    considered=2450, suppressed={"asked_recently": 33, "opted_out": 11}, failed={"blocked": 8},
    delivered=2398, answered=1089, commented=310,
)  # fmt: skip
COMMENTS = (
    Comment("Courier called ahead, perfect", "csat", 5, 5, date(2026, 11, 19), team="Delivery"),
    Comment("The invoice had\nthe wrong VAT again", "csat", 2, 5, date(2026, 11, 17), "Anna", "Billing", "T-1042"),
    Comment("Fine", "csat", 3, 5, date(2026, 11, 20)),
)
NOT_SAID = ("held", "stable", "unchanged", "pysyi", "ennallaan", "vakaa", "oförändrad", "stabil")


def week(*surveys: SurveyWeek, funnel: Funnel = FUNNEL, edition: Edition = EDITION) -> Summary:
    return summarise(edition, surveys, funnel, COMMENTS)


def lately(now: dict[int, int], *before: dict[int, int]) -> tuple[dict[int, int], ...]:
    return (*({},) * (11 - len(before)), *before, now)


def full() -> Summary:
    return week(
        SurveyWeek(CSAT, CSAT_80, CSAT_76, lately(CSAT_80, {5: 60, 1: 40}, {}, CSAT_76)),
        SurveyWeek(NPS, NPS_31, NPS_45, lately(NPS_31, *(NPS_45,) * 11)),
        SurveyWeek(CES, {6: 5, 3: 1}, {6: 20, 5: 10}, changed_wording=True),
        SurveyWeek(EFFORT, {1: 20, 2: 10, 5: 4}, None, changed_scale=True),
    )


def editions() -> Iterator[tuple[str, Summary]]:
    yield "real, noise, few, no comparison", full()
    yield "nobody was asked", summarise(EDITION, [SurveyWeek(CSAT, {}, None)], Funnel())
    due = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    late = replace(EDITION, late=date(2026, 11, 24), due=due, response_settled=True)
    yield "late", week(SurveyWeek(CSAT, CSAT_80, CSAT_76), edition=replace(late, missed=(Week(2026, 46),)))
    missed = replace(late, due=None, missed=(Week(2026, 45), Week(2026, 46)))
    yield "late, several missed", week(SurveyWeek(CSAT, CSAT_80, CSAT_76), edition=missed)
    preview = replace(EDITION, preview=True, so_far=True, sample=True)
    waiting = replace(FUNNEL, delivered=2000, failed={"blocked": 5, "never_shown": 3})
    yield "sample, preview, so far", week(SurveyWeek(CSAT, {5: 1}, CSAT_80), edition=preview, funnel=waiting)
    yield "sent again", week(SurveyWeek(CSAT, {}, CSAT_76), edition=replace(EDITION, resent=True))


def all_summaries(say: Texts) -> str:
    return "\n\n".join(f"== {name}\n{to_prompt(summary, say).text}" for name, summary in editions()) + "\n"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_summary_reads_as_agreed(locale: str) -> None:
    assert all_summaries(texts(locale)) == (GOLDEN / f"summaries.{locale}.txt").read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_said_to_have_held(locale: str) -> None:
    said = all_summaries(texts(locale)).casefold()
    assert [word for word in NOT_SAID if word in said] == []


def test_the_example_of_the_surface_comes_out_exactly() -> None:
    funnel = Funnel(
        considered=515, suppressed={"opted_out": 5, "asked_recently": 10}, failed={"blocked": 10},
        delivered=490, answered=200, commented=60,
    )  # fmt: skip
    found = to_json(summarise(EDITION, [SurveyWeek(CSAT, CSAT_80, CSAT_76)], funnel))
    scores = cast(list[dict[str, object]], found["scores"])
    agreed = ("survey", "n", "value", "interval", "previous", "change", "verdict")
    found["scores"] = [{key: one[key] for key in agreed} for one in scores]
    agreed = ("workspace", "week", "timezone", "scores", "funnel", "comments", "cases")
    assert {key: found[key] for key in agreed} == {
        "workspace": "default",
        "week": "2026-W47",
        "timezone": "Europe/Helsinki",
        "scores": [
            {"survey": "csat", "n": 200, "value": 80.0, "interval": [73.9, 85.0], "previous": 76.0, "change": 4.0,
             "verdict": "noise"},
        ],
        "funnel": {"considered": 515, "suppressed": 15, "asked": 500, "pending": 0, "failed": 10, "delivered": 490,
                   "answered": 200, "commented": 60},
        "comments": [],
        "cases": {},
    }  # fmt: skip


def test_the_kpi_example_of_the_surface_comes_out_exactly() -> None:
    anna = {1: 5, 3: 10, 5: 65}
    period = Period(
        survey=CSAT, first=date(2026, 11, 16), last=date(2026, 11, 22), histogram=CSAT_80, sent=490, delivered=490,
        answered=200, by=(("anna", anna),),
    )  # fmt: skip
    assert kpi_json(period) == {
        "survey": "csat", "kind": "csat", "from": "2026-11-16", "to": "2026-11-22", "n": 200, "value": 80.0,
        "interval": [73.9, 85.0], "histogram": {"1": 10, "2": 10, "3": 20, "4": 40, "5": 120},
        "sent": 490, "delivered": 490, "answered": 200, "response_rate": 40.8, "left_out": 0,
        "by": [{"key": "anna", "n": 80, "value": 81.3, "interval": [71.3, 88.3]}],
    }  # fmt: skip


def test_ces_has_two_decimals_and_its_share() -> None:
    period = Period(survey=CES, first=WEEK.monday, last=WEEK.sunday, histogram={5: 2, 6: 1, 1: 3})
    found = kpi_json(period)
    assert (found["value"], found["share"]) == (3.17, 50.0)
    assert found["histogram"] == {"1": 3, "2": 0, "3": 0, "4": 0, "5": 2, "6": 1, "7": 0}


def test_without_answers_there_is_no_value() -> None:
    found = kpi_json(Period(survey=NPS, first=WEEK.monday, last=WEEK.sunday, histogram={}))
    assert (found["n"], found["value"], found["interval"], found["response_rate"]) == (0, None, None, None)
    assert found["histogram"] == {str(k): 0 for k in range(11)}


def test_nps_of_noughts_is_a_figure() -> None:
    [found] = cast(list[dict[str, object]], to_json(week(SurveyWeek(NPS, {0: 12}, {0: 12})))["scores"])
    assert found | {"survey": "nps", "n": 12, "value": -100.0, "interval": [-100.0, -54.2], "previous": -100.0,
                    "change": 0.0, "verdict": "noise", "left_out": 0} == found  # fmt: skip


def test_without_an_earlier_period_there_is_no_verdict() -> None:
    nothing: tuple[dict[int, int] | None, ...] = (None, {})
    for before in nothing:
        (line,) = week(SurveyWeek(CSAT, CSAT_80, before)).scores
        assert (line.previous, line.change.value, line.change.verdict) == (None, None, None)


def test_a_week_without_answers_has_too_few() -> None:
    (line,) = week(SurveyWeek(CSAT, {}, CSAT_76)).scores
    assert (line.figure.value, line.change.verdict) == (None, Verdict.FEW)
    told = to_prompt(week(SurveyWeek(CSAT, {}, CSAT_76)), EN).lines
    assert "CSAT: nobody answered this week" in told
    assert "satisfaction" not in " ".join(told)


def test_headline_verdicts_are_one_family() -> None:
    alone = week(SurveyWeek(CSAT, {5: 170, 1: 30}, {5: 154, 1: 46}))
    others = tuple(SurveyWeek(replace(CSAT, slug=f"csat-{k}"), CSAT_80, CSAT_80) for k in range(4))
    together = week(SurveyWeek(CSAT, {5: 170, 1: 30}, {5: 154, 1: 46}), *others)
    assert [line.change.verdict for line in alone.scores] == [Verdict.REAL]
    assert {line.change.verdict for line in together.scores} == {Verdict.NOISE}


def test_a_survey_stands_once() -> None:
    with pytest.raises(WrongUse, match="once"):
        week(SurveyWeek(CSAT, CSAT_80), SurveyWeek(replace(CSAT, version=2), CSAT_76))


def test_an_open_survey_has_no_line() -> None:
    assert week(SurveyWeek(OPEN, {})).scores == ()


def test_effort_that_falls_is_not_called_ease_that_falls() -> None:
    fewer = week(SurveyWeek(EFFORT, {1: 60, 5: 5}, {1: 20, 5: 60}))
    assert headline(fewer.scores, EN) == "Effort fell clearly."
    harder = week(SurveyWeek(CES, {1: 60, 7: 5}, {1: 20, 7: 60}))
    assert headline(harder.scores, EN) == "Ease fell clearly."


def test_two_surveys_of_a_kind_are_told_apart() -> None:
    exit_survey = replace(CSAT, slug="exit")
    found = week(SurveyWeek(CSAT, CSAT_80, CSAT_76), SurveyWeek(exit_survey, {1: 90, 5: 10}, CSAT_80))
    assert headline(found.scores, EN) == ("exit: Satisfaction fell clearly. No clear change in satisfaction (csat).")
    assert any(line.startswith("CSAT, exit 10 %") for line in to_prompt(found, EN).lines)


def test_a_clear_change_that_rounds_to_nothing_shows_its_decimals() -> None:
    found = week(SurveyWeek(CSAT, {5: 803_000, 1: 197_000}, {5: 800_000, 1: 200_000}))
    assert "+0.3, clear change" in to_prompt(found, EN).text


def test_a_sparkline_needs_two_weeks_and_leaves_gaps() -> None:
    one = to_prompt(week(SurveyWeek(CSAT, CSAT_80, None, lately(CSAT_80))), EN).text
    two = to_prompt(week(SurveyWeek(CSAT, CSAT_80, None, lately(CSAT_80, CSAT_76))), EN).text
    assert "····" not in one
    assert "··········▄▅" in two


def test_a_cohort_that_nothing_reached_has_no_rate_and_open_words_no_score() -> None:
    open_words = Comment("Longer hours", "open", None, None, date(2026, 11, 18))
    weeks = [SurveyWeek(CES, {6: 12}, None, lately({6: 12}, {5: 10}))]
    told = to_prompt(summarise(EDITION, weeks, Funnel(considered=3), [open_words]), EN)
    assert "delivered 0 → answered 0 → wrote 0. Still on their way: 3." in told.text
    assert (told.kind, told.lang) == ("summary", "en")
    assert told.lines[2].endswith("··········▂▇")
    assert told.lines[-1] == "“Longer hours” · Wed"


@pytest.mark.parametrize("settled", [True, False])
def test_the_response_rate_is_so_far_until_its_questions_expired(settled: bool) -> None:
    edition = replace(EDITION, response_settled=settled)
    funnel = to_prompt(week(SurveyWeek(CSAT, CSAT_80), edition=edition), EN).text
    assert ("(45 %)" in funnel, "(45 % so far)" in funnel) == (settled, not settled)


def test_agents_are_not_named_and_long_words_are_cut() -> None:
    long = Comment("so " * 400, "csat", 1, 5, date(2026, 11, 17), agent="Anna")
    (line,) = to_prompt(summarise(EDITION, [SurveyWeek(CSAT, CSAT_80)], FUNNEL, [long]), EN).lines[-1:]
    assert "Anna" not in line
    assert line.startswith("“so so")
    assert line.endswith("so…” · 1 of 5 · Tue")
    assert len(line) < LONGEST_COMMENT + 30


def test_one_low_one_high_and_the_newest_other_comment() -> None:
    def about(score: int | None, slug: str = "csat") -> Comment:
        return Comment(f"{slug} words {score}", slug, score, 5 if score is not None else None, date(2026, 11, 17))

    surveys = {"csat": CSAT}
    many = [about(k) for k in (1, 5, 2, 4, 3)]
    assert [c.score for c in chosen(many, surveys)] == [2, 4, 3]
    assert [c.score for c in chosen([about(5), about(4), about(5), about(4)], surveys)] == [4, 5]
    assert chosen([about(None, "open")], surveys) == (replace(about(None, "open"), why=Why.OTHER),)
    assert chosen([about(9)], surveys) == (replace(about(9), why=Why.OTHER),)
    assert chosen([], surveys) == ()


def test_comments_in_json() -> None:
    found = to_json(full())["comments"]
    assert isinstance(found, list)
    assert found[0] == {
        "survey": "csat", "text": "The invoice had\nthe wrong VAT again", "score": 2, "highest": 5,
        "day": "2026-11-17", "agent": "Anna", "team": "Billing", "ticket": "T-1042",
        "why": "bad", "link": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "funnel",
    [
        {"considered": 1, "delivered": 2},
        {"considered": 5, "delivered": 2, "answered": 3},
        {"considered": 5, "delivered": 3, "answered": 2, "commented": 3},
        {"considered": 1, "suppressed": {"opted_out": 2}},
        {"considered": 1, "failed": {"blocked": -1}},
    ],
)
def test_counts_that_cannot_be_of_one_cohort_are_refused(funnel: dict[str, int]) -> None:
    with pytest.raises(WrongUse, match="cohort"):
        Funnel(**funnel)  # type: ignore[arg-type]  # the mappings among the counts


counts = st.integers(0, 10_000)
reasons = st.dictionaries(st.sampled_from(["opted_out", "asked_recently", "blocked"]), counts)


@given(counts, counts, counts, counts, reasons, reasons)
def test_a_funnel_adds_up_and_no_rate_passes_100(
    commented: int, silent: int, quiet: int, pending: int, suppressed: dict[str, int], failed: dict[str, int]
) -> None:
    answered = commented + quiet
    delivered = answered + silent
    lost, held_back = sum(failed.values()), sum(suppressed.values())
    funnel = Funnel(
        considered=held_back + delivered + lost + pending, suppressed=suppressed, failed=failed,
        delivered=delivered, answered=answered, commented=commented,
    )  # fmt: skip
    assert funnel.asked == delivered + lost + pending
    assert funnel.pending == pending
    value = funnel.response_rate.value
    assert (value is None) == (delivered == 0)
    assert value is None or 0 <= value <= 100


@given(
    st.dictionaries(st.integers(1, 5), counts, max_size=5),
    st.dictionaries(st.integers(1, 5), counts, max_size=5),
    st.sampled_from(LOCALES),
)
def test_every_week_can_be_told(now: dict[int, int], before: dict[int, int], locale: str) -> None:
    summary = week(SurveyWeek(CSAT, now, before, lately(now, before)))
    told = to_prompt(summary, texts(locale)).lines
    assert any("CSAT" in line for line in told) == bool(summary.scores)
    assert bool(summary.scores) == any((*now.values(), *before.values()))
    if not summary.scores:
        return
    (line,) = summary.scores
    found = kpi_json(Period(survey=CSAT, first=WEEK.monday, last=WEEK.sunday, histogram=now))
    assert found["n"] == line.figure.n == sum(now.values())
    if line.figure.value is not None and line.figure.interval is not None:
        assert 0 <= line.figure.interval.low <= line.figure.value <= line.figure.interval.high <= 100
    else:
        assert (line.figure.n, found["value"], found["interval"]) == (0, None, None)
