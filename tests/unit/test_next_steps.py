"""Each rule for what to do next, where it holds and where it does not, and that there are never more than two."""

from pathlib import Path
from typing import Any

import pytest

from bot.scoring import score
from bot.summary import Cohort, Edition, Funnel, Group, GroupWeek, Rule, Segment, SurveyWeek, summarise
from bot.summary.making import Besides
from bot.summary.next_steps import goal_missed
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import EDITION, share

CSAT, CES, NPS, _ = BUILT_IN
EFFORT = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
STEADY = SurveyWeek(CSAT, share(80, 200), share(80, 200))
FELL = SurveyWeek(CSAT, share(60, 400), share(80, 400))
ROSE = SurveyWeek(CSAT, share(80, 400), share(60, 400))
BILLING_FELL = GroupWeek("csat", Group("team", "Billing"), share(30, 100), share(80, 100))
TAG_ROSE = GroupWeek("csat", Group("tag", "refund"), share(90, 100), share(40, 100))
SILENT = Cohort(Week(2026, 43), 600, 300, [Segment(Group("channel", "webchat"), 100, 20)])
LOST = Funnel(considered=100, failed={"blocked": 6, "never_shown": 4}, delivered=90)


NOBODY = Funnel()


def steps(
    *weeks: SurveyWeek, funnel: Funnel = NOBODY, edition: Edition = EDITION, **more: Any
) -> list[tuple[str, int]]:
    return [(step.rule.value, step.n) for step in summarise(edition, weeks, funnel, (), Besides(**more)).steps]


def test_nothing_clear_leads_to_nothing() -> None:
    assert steps(STEADY) == []
    assert steps() == []


def test_a_group_that_fell_has_low_answers_to_read() -> None:
    assert steps(STEADY, groups=[BILLING_FELL]) == [("group_fell", 70)]


def test_a_survey_that_fell_is_named_only_where_no_group_explains_it() -> None:
    assert steps(FELL) == [("survey_fell", 160)]
    assert steps(FELL, groups=[BILLING_FELL]) == [("group_fell", 70)]


def test_failures_count_from_one_in_ten_and_ten_on() -> None:
    assert steps(STEADY, funnel=LOST) == [("delivery_fails", 10)]
    assert steps(STEADY, funnel=replace(LOST, considered=101, delivered=91)) == []
    assert steps(STEADY, funnel=Funnel(considered=9, failed={"blocked": 9})) == []
    summary = summarise(EDITION, [STEADY], LOST)
    assert summary.steps[0].reason == "blocked"


def test_a_goal_is_missed_only_beyond_the_likely_range() -> None:
    near, far = replace(CSAT, goal=84.0), replace(CSAT, goal=86.0)
    assert steps(replace(STEADY, survey=near)) == []
    assert steps(replace(STEADY, survey=far)) == [("goal_missed", 40)]
    figure = score(EFFORT, {1: 50, 2: 30, 4: 20})
    assert goal_missed(replace(EFFORT, goal=1.5), figure)
    assert not goal_missed(replace(EFFORT, goal=2.5), figure)
    assert not goal_missed(EFFORT, figure)
    assert not goal_missed(near, score(CSAT, {}))


def test_a_silent_group_is_to_be_understood() -> None:
    assert steps(STEADY, cohort=SILENT) == [("group_silent", 0)]


def test_few_answers_everywhere_call_for_more_unless_the_week_goes_on() -> None:
    few = SurveyWeek(CSAT, share(80, 9), share(80, 9))
    assert steps(few) == [("too_few", 0)]
    assert steps(few, edition=replace(EDITION, so_far=True)) == []
    assert steps(few, replace(STEADY, survey=replace(CSAT, slug="other"))) == []
    assert steps(SurveyWeek(CSAT, share(80, 600), share(67, 3))) == []
    assert steps(SurveyWeek(CSAT, share(80, 9), share(80, 600))) == [("too_few", 0)]


def test_a_group_that_fell_without_a_low_answer_leaves_the_survey_to_be_read() -> None:
    middle = GroupWeek("csat", Group("team", "Shop"), {3: 60, 5: 40}, {5: 90, 3: 10})
    assert steps(FELL, groups=[middle]) == [("survey_fell", 160)]


def test_one_silent_group_is_enough_to_do() -> None:
    two = [Segment(Group("channel", "webchat"), 100, 20), Segment(Group("team", "Billing"), 100, 10)]
    assert steps(STEADY, cohort=replace(SILENT, segments=two)) == [("group_silent", 0)]


def test_one_step_for_trouble_and_one_for_praise() -> None:
    assert steps(STEADY, groups=[TAG_ROSE]) == [("group_rose", 0)]
    assert steps(ROSE) == [("survey_rose", 0)]
    mixed = steps(STEADY, groups=[BILLING_FELL, TAG_ROSE], funnel=LOST, cohort=SILENT)
    assert mixed == [("group_fell", 70), ("group_rose", 0)]
    assert steps(STEADY, groups=[BILLING_FELL], funnel=LOST, cohort=SILENT) == [
        ("group_fell", 70),
        ("delivery_fails", 10),
    ]


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_and_its_reason_are_documented(rule: Rule) -> None:
    page = (Path(__file__).parents[2] / "docs" / "weekly-message.md").read_text("utf-8")
    assert f"`{rule.value}`" in page
