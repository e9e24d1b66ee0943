"""What a weekly summary holds as values: which lines, what counts as nothing to say, and its JSON."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.summary import Funnel, OpenCases, SurveyWeek, summarise, to_json
from bot.surveys import BUILT_IN
from bot.trends import Verdict
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import COMMENTS, EDITION, FUNNEL, share

CSAT, CES, NPS, _ = BUILT_IN


def test_two_weeks_without_an_answer_have_no_line() -> None:
    weeks: tuple[dict[int, int], ...] = (*(share(80, 100),) * 10, {}, {})
    found = summarise(
        EDITION, [SurveyWeek(CSAT, {}, None, weeks), SurveyWeek(NPS, {}, {9: 40}), SurveyWeek(CES, {6: 1})], FUNNEL
    )
    assert [(line.survey.slug, line.stopped) for line in found.scores] == [("nps", True), ("ces", False)]


def test_what_somebody_wrote_or_waits_for_is_never_passed_over() -> None:
    quiet = summarise(EDITION, [], Funnel())
    assert quiet.empty
    assert not summarise(EDITION, [], Funnel(), COMMENTS).empty
    cases = [replace(quiet, open_cases=OpenCases(n, date(2026, 11, 17))) for n in (0, 3)]
    assert [one.empty for one in cases] == [True, False]


def test_answers_that_are_all_equal_are_known() -> None:
    weeks = (SurveyWeek(CES, now, {7: 12}) for now in ({7: 12, 3: 0}, {7: 11, 6: 1}, {7: 1}, {}))
    lines = [summarise(EDITION, [one], FUNNEL).scores[0] for one in weeks]
    assert [line.unanimous for line in lines] == [7, None, None, None]
    assert lines[0].change.verdict is Verdict.FEW


def test_how_the_message_came_about_is_in_json() -> None:
    due = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    late = replace(EDITION, late=date(2026, 11, 24), due=due, missed=(Week(2026, 46),))
    assert to_json(summarise(late, [], FUNNEL))["edition"] == {
        "sample": False, "preview": False, "resent": False, "so_far": False, "late": "2026-11-24",
        "due": "2026-11-23T09:00:00+02:00", "missed": ["2026-W46"],
    }  # fmt: skip
    preview = replace(EDITION, sample=True, preview=True, so_far=True)
    assert to_json(summarise(preview, [], FUNNEL))["edition"] == {
        "sample": True, "preview": True, "resent": False, "so_far": True, "late": None, "due": None, "missed": [],
    }  # fmt: skip
