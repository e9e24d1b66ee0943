"""The whole weekly message in each language, word for word, and what it never does."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.scoring import Interval
from bot.spans import Day, Every, Month
from bot.summary import (
    Comment,
    Course,
    Funnel,
    Group,
    OpenCases,
    Rule,
    ScoreLine,
    Step,
    Summary,
    SurveyWeek,
    summarise,
)
from bot.summary_text import comment_line, explanations, to_prompt
from bot.surveys import BUILT_IN
from bot.texts import LOCALES, texts
from bot.texts.definitions import DEFINITIONS
from bot.trends import Verdict
from bot.values import replace
from tests.unit.summary_cases import CASES, EDITION, FUNNEL, late, moved_figures, quiet, rich, share, still

GOLDEN = Path(__file__).parents[1] / "golden" / "summary"
EN = texts("en")
WEEKLY = {
    "en": re.compile(r"week", re.IGNORECASE),
    "fi": re.compile(r"viik", re.IGNORECASE),
    "sv": re.compile(r"veck", re.IGNORECASE),
}
CSAT, CES, NPS, OPEN = BUILT_IN


def lines_of(summary: Summary) -> tuple[str, ...]:
    return to_prompt(summary, EN).lines


def with_line(line: ScoreLine) -> tuple[str, ...]:
    return lines_of(replace(still(), scores=(line,)))


def csat_line(**changes: object) -> ScoreLine:
    return replace(still().scores[0], **changes)  # type: ignore[arg-type]  # whatever the test changes


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CASES)
def test_the_message_reads_as_agreed(name: str, locale: str) -> None:
    prompt = to_prompt(CASES[name](), texts(locale))
    assert f"{prompt.title}\n" + "\n".join(prompt.lines) + "\n" == (GOLDEN / f"{name}.{locale}.txt").read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_explanations_read_as_agreed(locale: str) -> None:
    told = "\n".join(explanations(rich(), texts(locale))) + "\n"
    assert told == (GOLDEN / f"explained.{locale}.txt").read_text("utf-8")


def test_no_part_is_padded() -> None:
    lines = to_prompt(still(), EN).lines
    assert lines == (
        "No clear change in satisfaction.",
        "",
        "CSAT 80 % (likely 68\u201388) · 60 answers · +4, could be chance",
        "",
        "Considered 140 → asked 140 → delivered 140 → answered 60 (43 %) → wrote 0.",
        "Scores count answers given this week; this line follows the people asked this week.",
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("span", [Day(date(2026, 11, 17)), Month(2026, 11)], ids=str)
def test_days_and_months_are_explained_in_their_own_words(span: Day | Month, locale: str) -> None:
    spoken, weekly = texts(locale), explanations(rich(), texts(locale))
    found = explanations(replace(rich(), edition=replace(EDITION, week=span)), spoken)
    assert len(found) == len(weekly)
    assert [(new, old) for new, old in zip(found, weekly, strict=True) if WEEKLY[locale].search(new)] == []
    assert sum(new != old for new, old in zip(found, weekly, strict=True)) == sum(
        bool(WEEKLY[locale].search(old)) for old in weekly
    )


def test_only_what_is_shown_is_explained() -> None:
    assert explanations(quiet(), EN) == []
    few = explanations(still(), EN)
    assert [name for name, words in DEFINITIONS.items() if words[Every.WEEK](EN) in few] == [
        "likely", "change", "funnel", "response_rate",
    ]  # fmt: skip
    assert len(explanations(rich(), EN)) > len(few)


def test_praise_is_as_visible_as_trouble() -> None:
    lines = to_prompt(rich(), EN).lines
    worse = [line for line in lines if line.startswith("Clearly worse: ")]
    better = [line for line in lines if line.startswith("Clearly better: ")]
    assert (len(worse), len(better)) == (1, 1)
    assert [line.partition(":")[2].split()[0] for line in lines if line.startswith("Next: ")] == ["read", "thank"]


def test_open_cases_are_told_in_a_week_without_anything_else() -> None:
    lines = lines_of(replace(quiet(), open_cases=OpenCases(1, date(2026, 11, 17))))
    assert lines[0].startswith("Nobody was asked.")
    assert lines[1:] == ("", "Open: 1 low score waits, since 17 Nov.")


def test_a_week_of_open_words_tells_them_and_no_funnel_of_noughts() -> None:
    words = Comment("Longer opening hours please", "open", None, None, date(2026, 11, 18))
    assert lines_of(summarise(EDITION, [], Funnel(), [words])) == ("“Longer opening hours please” · Wed",)
    asked = lines_of(summarise(EDITION, [], Funnel(considered=3, delivered=3, answered=1, commented=1), [words]))
    assert [line.split()[0] for line in asked if line] == ["Considered", "“Longer"]


def test_imported_answers_have_scores_and_no_funnel() -> None:
    lines = lines_of(summarise(EDITION, [SurveyWeek(CSAT, share(80, 60), share(76, 55))], Funnel()))
    assert [line.split()[0] for line in lines if line] == ["No", "CSAT"]
    found = explanations(summarise(EDITION, [SurveyWeek(CSAT, share(80, 60))], Funnel()), EN)
    assert DEFINITIONS["funnel"][Every.WEEK](EN) not in found


@pytest.mark.parametrize(("days", "said"), [(0, "All answers are in."), (1, "Answers given while")])
def test_all_answers_are_in_only_within_a_day(days: int, said: str) -> None:
    due = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    edition = replace(EDITION, due=due, late=due.date() + timedelta(days=days))
    assert f"23 Nov 09:00. {said}" in lines_of(replace(still(), edition=edition))[0]
    assert "All answers are in" not in " ".join(lines_of(late()))


def test_a_team_of_one_is_not_named_beside_its_words() -> None:
    words = Comment("The bill was wrong", "csat", 1, 5, date(2026, 11, 17), team="Billing", ticket="T-1")
    assert comment_line(words, EN) == "“The bill was wrong” · 1 of 5 · Billing · T-1 · Tue"
    assert comment_line(replace(words, team_told=False), EN) == "“The bill was wrong” · 1 of 5 · T-1 · Tue"
    assert comment_line(words, EN, Every.MONTH).endswith(" · T-1 · 17 Nov")


def test_a_quoted_line_reads_from_its_beginning_to_its_end() -> None:
    """A mark of direction in somebody's words would turn the score that stands behind them."""
    words = Comment("fine\u202e\u2066 \x1b[31mand\u0007 red", "csat", 1, 5, date(2026, 11, 17), ticket="T-1")
    assert comment_line(words, EN) == "“fine [31mand red” · 1 of 5 · T-1 · Tue"


def test_a_person_is_not_praised_by_name() -> None:
    def told(dimension: str) -> str:
        step = Step(rule=Rule.GROUP_ROSE, survey=CSAT, group=Group(dimension, "Anna"))
        return lines_of(replace(still(), steps=(step,)))[-1]

    assert told("team") == "Next: thank team Anna: CSAT got clearly better."
    assert told("agent") == "Next: find out what went well: agent Anna, CSAT got clearly better."


def test_surveys_of_a_kind_are_told_apart_in_mid_sentence() -> None:
    effort = replace(CES, slug="effort")
    step = Step(rule=Rule.SURVEY_FELL, survey=effort, n=2)
    assert (
        lines_of(replace(still(), steps=(step,)))[-1] == "Next: read the 2 low answers: CES (effort) got clearly worse."
    )


@pytest.mark.parametrize("locale", ["fi", "sv"])
def test_no_long_label_stands_in_mid_sentence(locale: str) -> None:
    for case in (rich(), late(), moved_figures()):
        lines = to_prompt(case, texts(locale)).lines
        sentences = [line for line in lines if line.endswith(".")]
        assert [line for line in sentences if "(CSAT)" in line or "(NPS)" in line or "(CES)" in line] == []


@pytest.mark.parametrize(
    ("per_week", "ends", "wording", "said"),
    [
        (1.0, (0.5, 1.5), False, "Over 12 weeks CSAT has risen clearly: about +11 (likely 6\u201317)."),
        (
            -1.0, (-1.5, -0.5), False,
            "Over 12 weeks CSAT has fallen clearly: about \u221211 (likely \u221217 to \u22126).",
        ),
        (0.1, (0.01, 0.19), False, "Over 12 weeks CSAT has risen clearly: about +1.1 (likely 0.1\u20132.1)."),
        (
            1.0, (0.5, 1.5), True,
            "Over 12 weeks CSAT has risen clearly: about +11 (likely 6\u201317). "
            "Its wording changed in these weeks, and the difference may come from that.",
        ),
    ],
)  # fmt: skip
def test_a_course_with_what_it_rests_on(per_week: float, ends: tuple[float, float], wording: bool, said: str) -> None:
    course = Course(per_week, Interval(*ends), 0.001, Verdict.REAL, 12, wording)
    assert said in with_line(csat_line(course=course))


def test_changes_of_wording_and_scale_claim_no_more_than_they_may() -> None:
    wording = "CSAT: its wording changed, and a difference may come from that."
    scale = "CSAT: its question or scale changed, so it is not compared with the week before."
    assert wording in with_line(csat_line(changed_wording=True))
    compared = with_line(csat_line(changed_scale=True, left_out=1, left_out_before=2))
    assert "CSAT: 1 answer on another scale is not counted in it." in compared
    assert "CSAT: 2 answers of the week before, on another scale, are not counted in the comparison." in compared
    assert not {wording, scale} & set(compared)
    assert scale in with_line(csat_line(changed_scale=True, previous=None))


def test_a_mean_without_spread_has_no_range() -> None:
    lines = lines_of(summarise(EDITION, [SurveyWeek(CES, {7: 12})], FUNNEL))
    assert any(line.startswith("CES 7.0 of 7 (all 12 answers 7) · 12 answers · ") for line in lines)
    assert "likely" in " ".join(lines_of(summarise(EDITION, [SurveyWeek(CES, {7: 12, 6: 1})], FUNNEL)))


def test_a_rate_that_moved_is_so_far_until_it_is_final() -> None:
    assert "response rate 47 % so far (was 45 %)." in lines_of(moved_figures())[-1]
    moved = moved_figures().moved
    assert moved is not None
    assert (
        "response rate 47 % (was 45 %)." in lines_of(replace(moved_figures(), moved=replace(moved, settled=True)))[-1]
    )


def test_what_moved_is_explained_also_where_nobody_was_asked() -> None:
    found = replace(quiet(), moved=moved_figures().moved)
    assert explanations(found, EN) == [DEFINITIONS["moved"][Every.WEEK](EN)]


@pytest.mark.parametrize(
    ("locale", "dimension", "said"),
    [
        ("fi", "touchpoint", "kohtaamispiste Anna"), ("fi", "agent", "asiakaspalvelija Anna"),
        ("sv", "touchpoint", "kontaktpunkt Anna"), ("sv", "agent", "kundtjänstmedarbetare Anna"),
    ],
)  # fmt: skip
def test_groups_in_the_languages_of_the_owners(locale: str, dimension: str, said: str) -> None:
    step = Step(rule=Rule.GROUP_FELL, survey=NPS, group=Group(dimension, "Anna"), n=2)
    assert f": {said}, NPS." in to_prompt(replace(still(), steps=(step,)), texts(locale)).lines[-1]
