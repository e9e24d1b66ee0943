"""Puts a week's summary together from its material."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import WrongUse
from bot.scoring import score
from bot.summary.comments import chosen
from bot.summary.course import courses
from bot.summary.findings import Course, Moved, OpenCases, ScoreLine, Summary
from bot.summary.material import Cohort, Comment, Edition, Funnel, GroupWeek, SurveyWeek
from bot.summary.movers import group_lines, movers, silences, told
from bot.summary.next_steps import next_steps
from bot.surveys import Kind
from bot.trends import Change, headlines
from bot.values import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Besides:
    """What a summary may have beside its scores; each part is dropped where there is nothing."""

    groups: Iterable[GroupWeek] = ()
    cohort: Cohort | None = None
    moved: Moved | None = None
    open_cases: OpenCases | None = None


NOTHING: Final = Besides()


def summarise(
    edition: Edition,
    surveys: Sequence[SurveyWeek],
    funnel: Funnel,
    comments: Sequence[Comment] = (),
    besides: Besides = NOTHING,
) -> Summary:
    """The summary of a week. Verdicts are corrected in families: headlines, courses, movers, silent ones (KPI.md).

    Open surveys have no figure and no line, nor have those that nobody answered in this week and the one before.
    `comments` come oldest first. Two surveys of one name raise `WrongUse`.
    """
    scored = {week.survey.slug: week for week in surveys if week.survey.kind is not Kind.OPEN}
    if len(scored) < sum(week.survey.kind is not Kind.OPEN for week in surveys):
        raise WrongUse("Each survey stands once in a summary: merge its versions, or take the newest.")
    lines = _lines({slug: week for slug, week in scored.items() if _answered(week)})
    groups = tuple(besides.groups)
    moving, compared = movers(scored, groups)
    silent = silences(besides.cohort)
    names = {slug: week.survey for slug, week in scored.items()}
    return Summary(
        edition,
        lines,
        funnel,
        chosen(comments, names, told(moving), lines),
        moving,
        compared,
        silent,
        besides.cohort.week if besides.cohort is not None and silent else None,
        besides.moved,
        besides.open_cases,
        next_steps(lines, told(moving), silent, funnel, so_far=edition.so_far),
        groups=group_lines(
            {slug: week for slug, week in scored.items() if _answered(week)},
            groups,
            {line.survey.slug: line.change for line in lines},
        ),
    )


def _answered(week: SurveyWeek) -> bool:
    return any(week.now.values()) or any((week.before or {}).values())


def _lines(scored: Mapping[str, SurveyWeek]) -> tuple[ScoreLine, ...]:
    changes = headlines({slug: (week.survey, week.now, week.before or {}) for slug, week in scored.items()})
    drawn = courses({slug: (week.survey, week.weeks) for slug, week in scored.items()})
    return tuple(_score_line(week, changes[slug], drawn[slug]) for slug, week in scored.items())


def _score_line(week: SurveyWeek, change: Change, drawn: Course | None) -> ScoreLine:
    before = score(week.survey, week.before) if week.before is not None else None
    return ScoreLine(
        week.survey,
        score(week.survey, week.now),
        before if before is not None and before.n else None,
        change,
        tuple(score(week.survey, histogram).value for histogram in week.weeks),
        week.left_out,
        week.now,
        replace(drawn, changed_wording=week.wordings > 1) if drawn is not None else None,
        week.changed_wording,
        week.changed_scale,
        week.left_out_before,
        weeks=week.weeks,
        changed=week.changed,
    )
