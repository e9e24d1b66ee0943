"""What stands behind the message, in words: groups, twelve weeks, reasons, buttons; and the same figures as in JSON."""

import re
from datetime import date
from typing import Any, cast

import pytest
from hypothesis import given, settings

from bot.spans import Day, Every, Month
from bot.summary import Comment, Funnel, Group, GroupWeek, Summary, SurveyWeek, for_staff, summarise, to_json
from bot.summary.making import Besides
from bot.summary_text import (
    Answered,
    answer_line,
    detail_buttons,
    group_details,
    paged,
    reasons,
    to_prompt,
    week_details,
)
from bot.summary_text.details import MOST_GROUPS
from bot.surveys import BUILT_IN
from bot.texts import LOCALES, texts
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import CASES, EDITION, quiet, rich, share, still
from tests.unit.test_summary_agreement import LABELS, NUMBER, VERDICTS, close, number, summaries

CSAT, CES, NPS, _ = BUILT_IN
EN = texts("en")
FIGURE = (
    rf"(?P<value>{NUMBER})(?: %| of 7)?"
    rf"(?: \(likely (?P<low>{NUMBER})(?:\u2013| to )(?P<high>{NUMBER})\)| \(all {NUMBER} answers \d\))?"
)
GROUP = re.compile(
    rf"(?P<key>\w+) · {FIGURE} · (?P<n>{NUMBER}) answers?(?: · (?P<few>too few answers))?"
    rf"(?: · (?:(?P<change>{NUMBER}), )?(?P<verdict>{'|'.join(VERDICTS)}))?"
)
WEEK_LINE = re.compile(rf"(?P<week>\d+)(?P<sign>\*?) · (?:{FIGURE}|\u2013) · (?P<n>{NUMBER})")
REASON = re.compile(
    rf"(?P<label>CSAT|NPS|CES): (?P<now>.+); the week before (?P<before>.+?)"
    rf" · difference (?P<change>{NUMBER})(?: \(likely (?P<low>{NUMBER})(?:\u2013| to )(?P<high>{NUMBER})\))?"
    rf"(?: · p [=<] (?P<p>[\d.]+))? · (?P<verdict>.+)"
)


def labels(summary: Summary) -> list[str]:
    return [button.label for button in detail_buttons(summary, EN)]


def test_a_message_has_the_buttons_that_have_something_to_show() -> None:
    every = ["Comments", "By team", "By touchpoint", "12 weeks", "Answers by score", "Low scores"]
    assert labels(rich()) == [*every, "Why “clear”?", "What the figures mean", "This week so far"]
    assert labels(quiet()) == ["This week so far"]
    assert labels(still()) == [
        "Answers by score",
        "Low scores",
        "Why “could be chance”?",
        "What the figures mean",
        "This week so far",
    ]
    assert "This week so far" not in labels(replace(rich(), edition=replace(EDITION, so_far=True)))


def test_agents_have_a_button_only_where_they_may_be_named() -> None:
    weeks = [SurveyWeek(CSAT, share(80, 60), share(76, 55))]
    groups = [GroupWeek("csat", Group("agent", "Anna"), share(80, 30), share(70, 30))]
    named = summarise(replace(EDITION, agents=True), weeks, Funnel(), (), Besides(groups=groups))
    assert "By agent" in labels(named)
    assert "By agent" not in labels(replace(named, edition=EDITION))
    assert "By agent" not in labels(for_staff(named))
    assert for_staff(rich()).comments == ()
    assert for_staff(rich()).groups == rich().groups


def test_each_button_names_the_messages_own_week() -> None:
    buttons = to_prompt(rich(), EN).buttons
    assert [button.value for button in buttons[:2]] == ["f:com:2026-W47", "f:team:2026-W47"]
    assert buttons[-1].value == "f:now:week"
    assert all(len(button.value.encode()) <= 60 for button in buttons)


def test_groups_stand_with_their_change_as_the_movers_have_it() -> None:
    lines = group_details(rich(), "team", EN)
    assert lines == [
        "CSAT",
        "Delivery · 91 % (likely 87\u201394) · 257 answers · +12, clear change",
        "NPS",
        "Billing · 8 (likely \u22126 to 22) · 141 answers · \u221234, clear change",
        "Support · 31 (likely 18\u201342) · 130 answers · \u22121, could be chance",
        "What one or two agents serve is left out: it would be their own figure.",
    ]
    assert group_details(rich(), "agent", EN) == []


def test_few_answers_are_named_as_few_and_compared_with_nothing() -> None:
    weeks = [SurveyWeek(CSAT, share(80, 60), share(76, 55))]
    groups = (
        GroupWeek("csat", Group("team", "Few"), {5: 9}, share(50, 50)),
        GroupWeek("csat", Group("team", "New"), share(50, 12), {5: 3}),
        GroupWeek("csat", Group("team", "Gone"), {}, share(50, 20)),
    )
    lines = group_details(summarise(EDITION, weeks, Funnel(), (), Besides(groups=groups)), "team", EN)
    assert lines[1:3] == [
        "New · 50 % (likely 25\u201375) · 12 answers · \u221250, too few answers",
        "Few · 100 % (likely 70\u2013100) · 9 answers · too few answers",
    ]
    assert not any("Gone" in line for line in lines)


def test_a_team_that_gave_all_answers_has_the_verdict_of_the_headline() -> None:
    week = SurveyWeek(CSAT, share(80, 400), share(65, 400))
    groups = (GroupWeek("csat", Group("team", "All"), week.now, week.before or {}),)
    summary = summarise(EDITION, [week], Funnel(), (), Besides(groups=groups))
    assert summary.compared == 0
    assert summary.groups[0].change == summary.scores[0].change


def test_twelve_weeks_the_newest_first_with_a_mark_where_the_question_changed() -> None:
    weeks: tuple[dict[int, int], ...] = (*(share(70, 40),) * 10, {}, share(80, 9))
    line = SurveyWeek(CSAT, weeks[-1], None, weeks, changed=(Week(2026, 44),))
    lines = week_details(summarise(EDITION, [line], Funnel()), EN)
    assert lines[:6] == [
        "CSAT",
        "47 · 78 % (likely 45\u201394) · 9",
        "46 · \u2013 · 0",
        "45 · 70 % (likely 55\u201382) · 40",
        "44* · 70 % (likely 55\u201382) · 40",
        "43 · 70 % (likely 55\u201382) · 40",
    ]
    assert lines[-1] == "* From this week on the question has other words or another scale."
    assert len(lines) == 14


def test_the_reasons_have_both_weeks_the_difference_p_and_the_rules() -> None:
    lines = reasons(rich(), EN)
    assert lines[1] == (
        "NPS: 32 (likely 24\u201339) · 418 answers; the week before 45 (likely 38\u201351) · 420 answers"
        " · difference \u221213 (likely \u221223 to \u22123) · p = 0.012 · clear change"
    )
    assert any(line.startswith("NPS, team Billing: 8 ") for line in lines)
    assert any(line.startswith("Holm's correction over 3 comparisons") for line in lines)
    assert "The groups are corrected among themselves, over 4 comparisons." in lines
    assert not any(line.startswith("Holm") for line in reasons(still(), EN))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CASES)
def test_no_language_lacks_a_word_and_every_line_is_short_enough_for_a_phone(name: str, locale: str) -> None:
    summary, spoken = CASES[name](), texts(locale)
    for lines in (group_details(summary, "team", spoken), week_details(summary, spoken), reasons(summary, spoken)):
        assert all(line and "{" not in line for line in lines)


def test_an_answer_says_who_gave_it_and_hides_a_team_of_one() -> None:
    comment = Comment("The VAT\nline again", "csat", 2, 5, date(2026, 11, 17), "Anna", "Billing", "T-1042")
    line = answer_line(Answered(comment, "Mikko Virtanen"), EN, agents=False)
    assert line == "“The VAT line again” · 2 of 5 · Mikko Virtanen · Billing · T-1042 · Tue"
    small = replace(comment, team_told=False, text="")
    assert answer_line(Answered(small), EN, agents=False) == "2 of 5 · T-1042 · Tue"
    assert answer_line(Answered(small), EN, agents=True) == "2 of 5 · Billing · Anna · T-1042 · Tue"


def test_an_answer_of_a_month_says_on_which_of_its_tuesdays() -> None:
    comment = Comment("late\u202e", "csat", 2, 5, date(2026, 11, 17), ticket="T-1")
    assert answer_line(Answered(comment), EN, agents=False, every=Every.MONTH) == "“late” · 2 of 5 · T-1 · 17 Nov"


def test_a_name_cannot_turn_the_line_either() -> None:
    comment = Comment("late", "csat", 2, 5, date(2026, 11, 17), ticket="T-\u202e1")
    line = answer_line(Answered(comment, "Kim\u202e \u0007Lahti"), EN, agents=False)
    assert line == "“late” · 2 of 5 · Kim Lahti · T- 1 · Tue"


def test_a_page_of_emoji_fits_a_message_too() -> None:
    lines = [f"{number}{'😀' * 800}" for number in range(4)]
    assert [line for page in paged(lines) for line in page] == lines
    assert all(len("".join(page).encode("utf-16-le")) // 2 <= 2400 for page in paged(lines))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("span", [Day(date(2026, 11, 17)), Month(2026, 11)], ids=str)
def test_the_reasons_of_a_day_or_a_month_name_no_week(span: Day | Month, locale: str) -> None:
    summary = replace(rich(), edition=replace(rich().edition, week=span))
    told = "\n".join(reasons(summary, texts(locale))).casefold()
    assert {"en": "week", "fi": "viik", "sv": "veck"}[locale] not in told
    before = {
        "en": ("the day before", "the month before"),
        "fi": ("edellisenä päivänä", "edellisessä kuussa"),
        "sv": ("dagen före", "månaden före"),
    }[locale]
    assert before[isinstance(span, Month)] in told


def test_of_very_many_groups_the_largest_are_shown_and_the_others_counted() -> None:
    one = next(line for line in rich().groups if line.group.dimension == "team")
    many = [replace(one, group=Group("team", f"T{number}")) for number in range(MOST_GROUPS + 3)]
    title, *lines, more, _ = group_details(replace(rich(), groups=tuple(many)), "team", EN)
    assert (len(lines), more) == (MOST_GROUPS, "And 3 more groups.")
    assert title == "CSAT"


def test_pages_hold_ten_lines_or_a_screen_and_lose_none() -> None:
    assert paged([]) == [[]]
    lines = [f"{number} {'x' * (number * 40)}" for number in range(40)]
    pages = paged(lines)
    assert [line for page in pages for line in page] == lines
    assert all(len(page) <= 10 for page in pages)
    assert all(sum(map(len, page)) <= 2400 or len(page) == 1 for page in pages)


def check(summary: Summary) -> None:
    """Whatever number the details show, the JSON has it."""
    found = cast(dict[str, Any], to_json(summary))
    _check_groups(summary, found)
    _check_weeks(summary, found)
    scores = {LABELS[one["survey"]]: one for one in found["scores"]}
    for match in filter(None, map(REASON.fullmatch, reasons(summary, EN))):
        one, places = scores[match["label"]], 2 if match["label"] == "CES" else 1
        close(match["change"], one["change"], places)
        if match["low"]:
            close(match["low"], one["change_interval"][0], places)
            close(match["high"], one["change_interval"][1], places)
        plain = match["verdict"].removesuffix(" after the correction")
        assert VERDICTS[plain] == one["verdict"]


def _check_groups(summary: Summary, found: dict[str, Any]) -> None:
    stated = {(LABELS[one["survey"]], one["by"], one["key"]): one for one in found["groups"]}
    seen, label = set(), ""
    for dimension in ("team", "touchpoint", "tag"):
        for line in group_details(summary, dimension, EN):
            label = line if line in LABELS.values() else label
            match = GROUP.fullmatch(line)
            if match is None:
                assert line == label or line.startswith("What one or two agents")
                continue
            one, places = stated[label, dimension, match["key"]], 2 if label == "CES" else 1
            seen.add((label, dimension, match["key"]))
            assert number(match["n"]) == one["n"]
            close(match["value"], one["value"], places)
            if match["low"]:
                close(match["low"], one["interval"][0], places)
            if match["change"]:
                close(match["change"], one["change"], places)
            assert VERDICTS[match["verdict"] or match["few"]] == one["verdict"]
    assert seen == set(stated)


def _check_weeks(summary: Summary, found: dict[str, Any]) -> None:
    label, shown = "", []
    for line in week_details(summary, EN):
        label = line if line in LABELS.values() else label
        if (match := WEEK_LINE.fullmatch(line)) is not None:
            shown.append((label, match))
    by_label = {LABELS[slug]: {int(one["week"][-2:]): one for one in weeks} for slug, weeks in found["weeks"].items()}
    for name, match in shown:
        one = by_label[name][int(match["week"])]
        assert (number(match["n"]), bool(match["sign"])) == (one["n"], one["changed"])
        assert (match["value"] is None) == (one["value"] is None)
        if match["value"]:
            close(match["value"], one["value"], 2 if name == "CES" else 1)


@pytest.mark.parametrize("name", CASES)
def test_details_and_json_agree_in_the_golden_weeks(name: str) -> None:
    check(CASES[name]())


@settings(max_examples=30)
@given(summaries())
def test_details_and_json_never_disagree(summary: Summary) -> None:
    check(summary)
