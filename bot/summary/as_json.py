"""The shapes of SURFACE.md: `summary` and `kpi`, with what stands beside them under keys of their own."""

from collections.abc import Mapping

from bot.scoring import Figure, Interval, digits, rate, rounded, score
from bot.spans import Span, every_of
from bot.summary.findings import (
    Beside,
    Course,
    GroupLine,
    Moved,
    MovedFigure,
    Mover,
    OpenCases,
    ScoreLine,
    Silence,
    Step,
    Summary,
)
from bot.summary.material import Comment, Edition, Funnel, Group, Period
from bot.trends import Change
from bot.weeks import Week

Json = dict[str, object]


def to_json(summary: Summary) -> Json:
    """The `summary` shape of SURFACE.md, and under other keys everything else that the message says."""
    return {
        **figures_json(summary),
        **_limit_json(summary),
        "edition": _edition_json(summary.edition),
        "comments": [_comment_json(comment) for comment in summary.comments],
        "cases": _cases_json(summary.open_cases),
        "movers": [_mover_json(mover) for mover in summary.movers],
        "compared": summary.compared,
        "silent": [_silence_json(silence, str(summary.silent_week)) for silence in summary.silent],
        "moved": _moved_json(summary.moved),
        "next": [_step_json(step) for step in summary.steps],
        "groups": [_group_line_json(one) for one in summary.groups],
        "weeks": {line.survey.slug: _weeks_json(line, summary.edition.week) for line in summary.scores},
    }


def figures_json(summary: Summary) -> Json:
    """What of the summary may be kept for ever: its figures, and nobody's words."""
    edition = summary.edition
    return {
        "workspace": edition.workspace,
        "week": str(edition.week) if isinstance(edition.week, Week) else None,
        "period": str(edition.week),
        "every": every_of(edition.week).value,
        "timezone": edition.timezone,
        "scores": [_score_json(line) for line in summary.scores],
        "funnel": _funnel_json(summary.funnel),
        "response_rate": {**_figure_json(summary.funnel.response_rate, 1), "settled": edition.response_settled},
        "suppressed_by": _reasons(summary.funnel.suppressed),
        "failed_by": _reasons(summary.funnel.failed),
    }


def _limit_json(summary: Summary) -> Json:
    """Of a place that is limited to a group alone; `withheld` where the group is too small for figures of its own."""
    limit = summary.edition.limit
    return {} if limit is None else {"limit": {**_group_json(limit), "withheld": summary.withheld}}


def _edition_json(edition: Edition) -> Json:
    """How the message came about. `late` is a local day, `due` a moment with its offset."""
    return {
        "sample": edition.sample,
        "preview": edition.preview,
        "resent": edition.resent,
        "so_far": edition.so_far,
        "late": edition.late.isoformat() if edition.late else None,
        "due": edition.due.isoformat() if edition.due else None,
        "missed": [str(week) for week in edition.missed],
    }


def _score_json(line: ScoreLine) -> Json:
    """A survey's line. `from_goal` is the distance of the exact value, rounded; the message has that of the shown one.

    80.4 with a goal of 82 is -1.6 here and "2 below your goal" there, beside its 80 %.
    """
    places = digits(line.survey.kind)
    goal = line.survey.goal
    off = None if goal is None or line.figure.value is None else line.figure.value - goal
    return {
        "survey": line.survey.slug,
        **_figure_json(line.figure, places),
        "previous": rounded(line.previous.value, places) if line.previous else None,
        **_change_json(line.change, places),
        "left_out": line.left_out,
        "left_out_before": line.left_out_before,
        "version": line.survey.version,
        "changed_version": line.changed_version,
        "changed_wording": line.changed_wording,
        "changed_scale": line.changed_scale,
        "histogram": {str(found): n for found, n in sorted(line.histogram.items()) if n},
        "goal": goal,
        "from_goal": rounded(off, places),
        "weeks": [rounded(value, places) for value in line.line],
        "course": _course_json(line.course, places),
        **_beside_json(line.beside, places),
    }


def _beside_json(beside: Beside | None, places: int) -> Json:
    """The group's own figure, where the message is limited to one."""
    if beside is None:
        return {}
    return {"group": {**_figure_json(beside.figure, places), **_change_json(beside.change, places)}}


def _figure_json(figure: Figure, places: int) -> Json:
    found: Json = {
        "n": figure.n,
        "value": rounded(figure.value, places),
        "interval": _interval_json(figure.interval, places),
    }
    return found if figure.share is None else {**found, "share": rounded(figure.share.value)}


def _change_json(change: Change, places: int) -> Json:
    return {
        "change": rounded(change.value, places),
        "change_interval": _interval_json(change.interval, places),
        "verdict": change.verdict.value if change.verdict else None,
    }


def _interval_json(interval: Interval | None, places: int) -> list[float | None] | None:
    return [rounded(interval.low, places), rounded(interval.high, places)] if interval else None


def _course_json(course: Course | None, places: int) -> Json | None:
    if course is None:
        return None
    return {
        "per_week": rounded(course.per_week, places + 1),
        "interval": _interval_json(course.interval, places + 1),
        "total": rounded(course.total, places),
        "total_interval": _interval_json(course.total_interval, places),
        "changed_wording": course.changed_wording,
        "weeks": course.span,
        "verdict": course.verdict.value,
    }


def _funnel_json(funnel: Funnel) -> Json:
    return {
        "considered": funnel.considered,
        "suppressed": sum(funnel.suppressed.values()),
        "asked": funnel.asked,
        "pending": funnel.pending,
        "failed": sum(funnel.failed.values()),
        "delivered": funnel.delivered,
        "answered": funnel.answered,
        "commented": funnel.commented,
    }


def _reasons(counts: Mapping[str, int]) -> Json:
    return {reason: n for reason, n in sorted(counts.items()) if n}


def _comment_json(comment: Comment) -> Json:
    return {
        "survey": comment.survey_slug,
        "text": comment.text,
        "score": comment.score,
        "highest": comment.highest,
        "day": comment.day.isoformat(),
        "agent": comment.agent,
        "team": comment.team,
        "ticket": comment.ticket,
        "why": comment.why.value if comment.why else None,
        "link": comment.link or None,
    }


def _cases_json(cases: OpenCases | None) -> Json:
    return {} if cases is None else {"open": cases.waiting, "oldest": cases.oldest.isoformat()}


def _group_json(group: Group | None) -> Json:
    return {"by": group.dimension if group else None, "key": group.key if group else None}


def _group_line_json(one: GroupLine) -> Json:
    places = digits(one.survey.kind)
    figure, change = _figure_json(one.figure, places), _change_json(one.change, places)
    return {"survey": one.survey.slug, **_group_json(one.group), **figure, **change}


def _weeks_json(line: ScoreLine, last: Span) -> list[Json]:
    """The figure of each of the twelve weeks; `changed` where another wording or scale was first answered."""
    places = digits(line.survey.kind)
    return [
        {"week": str(week), **_figure_json(score(line.survey, answers), places), "changed": week in line.changed}
        for week, answers in line.by_week(last)
    ]


def _mover_json(mover: Mover) -> Json:
    places = digits(mover.survey.kind)
    return {
        "survey": mover.survey.slug,
        **_group_json(mover.group),
        **_figure_json(mover.figure, places),
        **_change_json(mover.change, places),
        "better": mover.better,
        "low": mover.low,
    }


def _silence_json(silence: Silence, week: str) -> Json:
    return {
        **_group_json(silence.group),
        "week": week,
        "delivered": silence.figure.n,
        "response_rate": rounded(silence.figure.value),
        "rest_delivered": silence.rest.n,
        "rest_response_rate": rounded(silence.rest.value),
    }


def _moved_json(moved: Moved | None) -> Json | None:
    if moved is None:
        return None
    return {
        "week": str(moved.week),
        "scores": [_moved_figure_json(one) for one in moved.figures],
        "response_rate": rounded(moved.rate_now.value) if moved.rate_now else None,
        "response_rate_was": rounded(moved.rate_was.value) if moved.rate_was else None,
        "settled": moved.settled,
    }


def _moved_figure_json(one: MovedFigure) -> Json:
    places = digits(one.survey.kind)
    return {
        "survey": one.survey.slug,
        "value": rounded(one.now.value, places),
        "was": rounded(one.was.value, places),
        "n": one.now.n,
        "n_was": one.was.n,
        "rescored": one.rescored,
    }


def _step_json(step: Step) -> Json:
    survey = step.survey.slug if step.survey else None
    return {"rule": step.rule.value, "survey": survey, **_group_json(step.group), "n": step.n, "reason": step.reason}


def kpi_json(period: Period) -> Json:
    """The `kpi` shape of SURFACE.md, with every score of the scale in the histogram. CES adds `share`."""
    survey, places = period.survey, digits(period.survey.kind)
    scores = survey.scale.scores if survey.scale else ()
    return {
        "survey": survey.slug,
        "kind": survey.kind.value,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        **_figure_json(score(survey, period.histogram), places),
        "histogram": {str(k): period.histogram.get(k, 0) for k in scores},
        "sent": period.sent,
        "delivered": period.delivered,
        "answered": period.answered,
        "response_rate": rounded(rate(period.answered, period.delivered).value),
        "left_out": period.left_out,
        "by": [{"key": key, **_figure_json(score(survey, histogram), places)} for key, histogram in period.by],
    }
