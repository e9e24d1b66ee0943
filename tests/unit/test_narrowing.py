"""What a place reads that is limited to one group: its figures beside everybody's, and nobody else's words."""

from datetime import date
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summary import Comment, Funnel, Group, GroupWeek, OfGroup, Summary, narrowed, to_json
from bot.summary_text import to_prompt
from bot.texts import texts
from bot.trends import Verdict
from bot.values import replace
from tests.unit.summary_cases import COMMENTS, recommended, rich, share

BILLING, DELIVERY = Group("team", "Billing"), Group("team", "Delivery")
WEEKS = (
    GroupWeek("nps", BILLING, recommended(58, 47, 141), recommended(84, 25, 140)),
    GroupWeek("csat", BILLING, share(75, 8), share(80, 90)),
    GroupWeek("csat", DELIVERY, share(91, 257), share(79, 250)),
)
FUNNEL = Funnel(considered=40, suppressed={"opted_out": 4}, delivered=36, answered=12, commented=3)


def billing(**changes: Any) -> Summary:
    part = OfGroup(group=BILLING, weeks=WEEKS, funnel=FUNNEL, comments=COMMENTS)
    return narrowed(rich(), replace(part, **changes))


def said(summary: Summary, locale: str = "en") -> str:
    return to_prompt(summary, texts(locale)).text


def test_the_groups_figures_stand_beside_everybodys() -> None:
    text = said(billing()).replace("\u2212", "-")
    title, *_ = text.splitlines()
    assert title == "Week 47 · Billing · 16\u201322 Nov · Helsinki time"
    lines = text.splitlines()
    whole = next(at for at, line in enumerate(lines) if line.startswith("CSAT 80 %"))
    assert lines[whole + 1] == "team Billing 75 % (likely 41\u201393) · 8 answers · -5, too few answers"
    assert any(line.startswith("team Billing 8 (likely ") and "-34, clear change" in line for line in lines)
    assert "team Billing: nobody answered this week" in lines, "of the third survey"
    assert "team Billing: Considered 40 → asked 36 → delivered 36 → answered 12 (33 % so far) → wrote 3." in text
    assert "2,450" not in text, "the people asked are the group's"


def test_nothing_of_another_group_is_said() -> None:
    text = said(billing())
    assert "The invoice had the wrong VAT again" in text
    for other in ("Delivery", "courier", "rain", "Web chat", "web chat", "Open:"):
        assert other not in text
    found = cast(dict[str, Any], to_json(billing()))
    assert found["limit"] == {"by": "team", "key": "Billing", "withheld": False}
    assert [one["key"] for one in found["movers"]] == ["Billing"]
    assert (found["silent"], found["cases"]) == ([], {})
    assert {(one["rule"], one["key"]) for one in found["next"]} == {("group_fell", "Billing")}


def test_what_is_clear_in_one_message_is_clear_in_the_other() -> None:
    lines = {line.survey.slug: line for line in billing().scores}
    assert lines["nps"].beside is not None
    assert lines["nps"].beside.change.verdict is Verdict.REAL
    whole = replace(rich(), movers=())  # where the correction for all groups took it
    line = next(one for one in narrowed(whole, OfGroup(group=BILLING, weeks=WEEKS)).scores if one.survey.slug == "nps")
    assert line.beside is not None
    assert line.beside.change.verdict is Verdict.NOISE


def test_text_and_json_tell_the_same_figure() -> None:
    [csat] = [one for one in cast(list[dict[str, Any]], to_json(billing())["scores"]) if one["survey"] == "csat"]
    assert (csat["value"], csat["group"]["value"], csat["group"]["n"]) == (80.0, 75.0, 8)
    assert (csat["group"]["change"], csat["group"]["verdict"]) == (-5.0, "few")
    assert "limit" not in to_json(rich())
    assert "group" not in cast(list[dict[str, Any]], to_json(rich())["scores"])[0]


def test_a_group_of_one_or_two_people_has_no_figures() -> None:
    found = billing(nameable=False)
    assert all(line.beside is None for line in found.scores)
    text = said(found)
    assert "The figures of one or two people are not shown here: team Billing." in text
    assert "The invoice had the wrong VAT again" in text
    assert "Considered" not in text
    assert cast(dict[str, Any], to_json(found))["limit"]["withheld"] is True


@pytest.mark.parametrize("locale", ["fi", "sv"])
def test_in_other_languages(locale: str) -> None:
    text = said(billing(), locale)
    assert "Billing" in text.splitlines()[0]
    assert "Considered" not in text
    assert "nobody" not in text


@given(st.lists(st.tuples(st.sampled_from(["Billing", "Delivery", None]), st.integers(0, 99)), max_size=20))
def test_no_comment_of_another_team_is_ever_in_it(written: list[tuple[str | None, int]]) -> None:
    comments = [
        Comment(f"words of {team} number {n}", "csat", 1 + n % 5, 5, date(2026, 11, 18), team=team)
        for team, n in written
    ]
    found = narrowed(rich(), OfGroup(group=BILLING, weeks=WEEKS, comments=comments))
    assert {one.team for one in found.comments} <= {"Billing"}
    assert bool(found.comments) == any(team == "Billing" for team, _ in written)
