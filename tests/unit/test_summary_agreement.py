"""The message and the JSON are of one value: whatever number the text shows, the JSON has it."""

import re
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.summary import Cohort, Funnel, Group, GroupWeek, Segment, Summary, SurveyWeek, summarise, to_json, told
from bot.summary.making import Besides
from bot.summary_text import to_prompt
from bot.surveys import BUILT_IN, Survey
from bot.texts import texts
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import CASES, EDITION

CSAT, CES, NPS, _ = BUILT_IN
LABELS = {"csat": "CSAT", "nps": "NPS", "ces": "CES"}
VERDICTS = {
    "clear change": "real", "could be chance": "noise", "too few answers": "few", "no comparison yet": None,
}  # fmt: skip
NUMBER = r"[\u2212+±]?[\d,]+(?:\.\d+)?"
SCORE = re.compile(
    rf"(?P<label>CSAT|NPS|CES) (?P<value>{NUMBER}|\u2013)(?: %| of 7)?"
    rf"(?: \(likely (?P<low>{NUMBER})(?:\u2013| to )(?P<high>{NUMBER})\)"
    rf"| \(all (?P<all>{NUMBER}) answers (?P<same>\d)\))?"
    rf" · (?P<n>{NUMBER}) answers? · "
    rf"(?:(?P<change>{NUMBER}), )?(?P<verdict>{'|'.join(VERDICTS)})"
    rf"(?: · (?P<off>{NUMBER}) (?P<side>below|above) your goal| · (?P<near>(?:just below|at|just above) your goal))?"
    r"(?: · (?P<bars>[▁▂▃▄▅▆▇█·]+))?"
)
FUNNEL = re.compile(
    r"Considered (?P<considered>\S+) → asked (?P<asked>\S+) → delivered (?P<delivered>\S+) → "
    r"answered (?P<answered>\S+)(?: \((?P<rate>\d+) %(?P<so_far> so far)?\))? → wrote (?P<commented>[\d,]+)\."
)
GROUP = re.compile(
    rf"Clearly (?P<side>better|worse): (?P<by>team|tag) (?P<key>\w+) · (?P<label>\w+) (?P<value>{NUMBER})(?: %| of 7)?"
    rf" · (?P<n>{NUMBER}) answers? · (?P<change>{NUMBER})"
)
SILENT = re.compile(
    r"Clearly more silent: (?P<by>\w+) (?P<key>[\w ]+) · answered (?P<rate>\d+) % of (?P<n>[\d,]+) delivered, "
    r"the others (?P<rest>\d+) % of (?P<others>[\d,]+) · asked in week (?P<week>\d+)"
)
COURSE = re.compile(
    rf"Over (?P<weeks>\d+) weeks (?P<label>\w+) has (?P<way>risen|fallen) clearly: about (?P<by>{NUMBER}) "
    rf"\(likely (?P<low>{NUMBER})(?:\u2013| to )(?P<high>{NUMBER})\)\."
)
STOPPED = re.compile(r"(?P<label>CSAT|NPS|CES): nobody answered this week")


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", "").removeprefix("±"))


def close(text: str, value: object, places: int) -> None:
    """The text rounds the same exact value as the JSON, to fewer places."""
    assert isinstance(value, int | float)
    shown = len(text.partition(".")[2])
    assert abs(number(text) - value) <= 0.5 * 10**-shown + 0.5 * 10**-places + 1e-9, (text, value)


def check(summary: Summary) -> None:
    found = cast(dict[str, Any], to_json(summary))
    prompt = to_prompt(summary, texts("en"))
    lines = list(prompt.lines)
    scores = {LABELS[one["survey"]]: one for one in found["scores"]}
    check_scores(lines, scores)
    check_headline(" ".join(lines), found["scores"])
    funnels = [match for line in lines if (match := FUNNEL.match(line))]
    assert len(funnels) == (summary.funnel.considered > 0)
    for match in funnels:
        check_funnel(match, found)
    assert any(line.startswith("Scores count") for line in lines) == bool(
        funnels and any(one["n"] for one in found["scores"])
    )
    check_groups([match for line in lines if (match := GROUP.fullmatch(line))], found["movers"], summary)
    silent = [match for line in lines if (match := SILENT.fullmatch(line))]
    assert len(silent) == len(found["silent"])
    for match, one in zip(silent, found["silent"], strict=True):
        assert (match["key"].replace(" ", ""), number(match["n"])) == (one["key"], one["delivered"])
        assert one["week"].endswith(f"-W{int(match['week']):02}")
        close(match["rate"], one["response_rate"], 1)
        close(match["rest"], one["rest_response_rate"], 1)
        assert number(match["others"]) == one["rest_delivered"]
    courses = {match["label"]: match for line in lines if (match := COURSE.match(line))}
    clear = {LABELS[one["survey"]]: one["course"] for one in found["scores"] if one["course"]}
    assert set(courses) == {label for label, one in clear.items() if one["verdict"] == "real"}
    for label, match in courses.items():
        places = 2 if label == "CES" else 1
        close(match["by"], clear[label]["total"], places)
        for end, exact in zip(("low", "high"), clear[label]["total_interval"], strict=True):
            close(match[end], exact, places)
        assert (match["way"] == "risen", int(match["weeks"])) == (clear[label]["per_week"] > 0, clear[label]["weeks"])
    assert len([line for line in lines if line.startswith("Next: ")]) == len(found["next"]) <= 2
    assert any("has moved since" in line for line in lines) == (found["moved"] is not None)
    assert any(line.startswith("Open: ") for line in lines) == bool(found["cases"])


def check_scores(lines: list[str], scores: Mapping[str, Mapping[str, Any]]) -> None:
    read = [match for line in lines if (match := SCORE.fullmatch(line) or STOPPED.fullmatch(line))]
    assert [match["label"] for match in read] == list(scores)
    for match in read:
        if match.re is STOPPED:
            assert scores[match["label"]]["n"] == 0
        else:
            check_score(match, scores[match["label"]])


def check_score(match: re.Match[str], one: Mapping[str, Any]) -> None:
    places = 2 if one["survey"] == "ces" else 1
    assert number(match["n"]) == one["n"] == sum(one["histogram"].values())
    assert VERDICTS[match["verdict"]] == one["verdict"]
    if one["value"] is None:
        assert (match["value"], match["low"]) == ("\u2013", None)
        return
    close(match["value"], one["value"], places)
    if match["all"]:
        assert {match["same"]: int(number(match["all"]))} == one["histogram"]
    else:
        close(match["low"], one["interval"][0], places)
        close(match["high"], one["interval"][1], places)
    assert (match["change"] is None) == (one["change"] is None)
    if match["change"]:
        close(match["change"], one["change"], places)
    assert (match["off"] is None and match["near"] is None) == (one["goal"] is None)
    if match["off"]:
        # The distance is from the value as it is shown.
        assert (match["side"] == "below") == (number(match["value"]) < one["goal"])
        assert number(match["off"]) == pytest.approx(abs(number(match["value"]) - one["goal"]), abs=0.0501)
    assert match["bars"] is None or len(match["bars"]) == len(one["weeks"])


def check_headline(said: str, scores: list[Mapping[str, Any]]) -> None:
    """It claims a rise or a fall of exactly those that the JSON calls real, in the direction that it has."""
    names = {"csat": "Satisfaction", "nps": "Recommendation", "ces": "Ease"}
    for one in scores:
        for way, there in (("rose", (one["change"] or 0) >= 0), ("fell", (one["change"] or 0) <= 0)):
            claimed = f"{names[one['survey']]} {way} clearly." in said
            assert claimed <= (one["verdict"] == "real" and there), (said, one)
        if one["verdict"] == "real":
            assert f"{names[one['survey']]} " in said


def check_funnel(match: re.Match[str], found: Mapping[str, Any]) -> None:
    for name in ("considered", "asked", "delivered", "answered", "commented"):
        assert number(match[name]) == found["funnel"][name]
    assert (match["rate"] is None) == (found["response_rate"]["value"] is None)
    if match["rate"]:
        close(match["rate"], found["response_rate"]["value"], 1)
        assert (match["so_far"] is None) == found["response_rate"]["settled"]


def check_groups(read: list[re.Match[str]], movers: list[Mapping[str, Any]], summary: Summary) -> None:
    assert len(read) == len(told(summary.movers))
    by_group = {(LABELS[one["survey"]], one["by"], one["key"]): one for one in movers}
    for match in read:
        one = by_group[match["label"], match["by"], match["key"]]
        places = 2 if one["survey"] == "ces" else 1
        assert (match["side"] == "better", number(match["n"])) == (one["better"], one["n"])
        close(match["value"], one["value"], places)
        close(match["change"], one["change"], places)


@pytest.mark.parametrize("name", CASES)
def test_text_and_json_agree_in_the_golden_weeks(name: str) -> None:
    check(CASES[name]())


def answers(survey: Survey) -> st.SearchStrategy[dict[int, int]]:
    assert survey.scale is not None
    counts = st.integers(0, 20) | st.integers(0, 2000)
    return st.dictionaries(st.sampled_from(survey.scale.scores), counts, max_size=5)


@st.composite
def weeks(draw: st.DrawFn, survey: Survey) -> SurveyWeek:
    now, before = draw(answers(survey)), draw(st.none() | answers(survey))
    earlier = tuple(draw(answers(survey)) for _ in range(draw(st.sampled_from([0, 10]))))
    low, high = survey.figure_range
    goal = draw(st.none() | st.integers(int(low * 10), int(high * 10)).map(lambda n: n / 10))
    return SurveyWeek(replace(survey, goal=goal), now, before, (*earlier, before or {}, now))


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    surveys = [draw(weeks(survey)) for survey in (CSAT, NPS, CES)]
    groups = [
        GroupWeek(one.survey.slug, Group(dimension, key), draw(answers(one.survey)), draw(answers(one.survey)))
        for one in surveys
        for dimension, key in (("team", "Billing"), ("tag", "refund"))
    ]
    steps = sorted(draw(st.lists(st.integers(0, 3000), min_size=4, max_size=4)), reverse=True)
    funnel = Funnel(considered=steps[0], delivered=steps[1], answered=steps[2], commented=steps[3])
    sizes = [sorted(draw(st.tuples(st.integers(0, 500), st.integers(0, 500)))) for _ in range(3)]
    segments = [Segment(Group("channel", f"c{n}"), size[1], size[0]) for n, size in enumerate(sizes)]
    cohort = Cohort(Week(2026, 43), sum(size[1] for size in sizes), sum(size[0] for size in sizes), segments)
    edition = replace(EDITION, response_settled=draw(st.booleans()))
    return summarise(edition, surveys, funnel, (), Besides(groups=groups, cohort=cohort))


@settings(max_examples=40)
@given(summaries())
def test_text_and_json_never_disagree(summary: Summary) -> None:
    check(summary)
