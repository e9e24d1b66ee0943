"""The weekly summary and the figures of a period as values; their words are in `bot.summary_text`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.errors import WrongUse
from bot.scoring import Figure, Histogram, Interval, digits, rate, rounded, score
from bot.surveys import Band, Kind, Survey
from bot.trends import Change, headlines
from bot.weeks import Week

MOST_COMMENTS = 3

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class SurveyWeek:
    """A survey's newest version with its answers by score.

    `before` is the week before, `None` where nothing may be compared: no such week, or a version of another scale or
    direction. `weeks` are twelve, oldest first and this one last; a week that may not be pooled stands there empty.
    `changed_version` says that the wording or the scale changed since the week before or in the week itself. `left_out`
    are the week's answers to versions that cannot be pooled with this one.
    """

    survey: Survey
    now: Histogram
    before: Histogram | None = None
    weeks: tuple[Histogram, ...] = ()
    changed_version: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """One cohort: the people whose asking was decided in the week, by what came of it (KPI.md)."""

    considered: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    delivered: int = 0
    answered: int = 0
    commented: int = 0

    def __post_init__(self) -> None:
        counts = (self.pending, self.delivered, self.answered, self.commented, *self.failed.values())
        if min((*counts, *self.suppressed.values())) < 0 or not self.commented <= self.answered <= self.delivered:
            raise WrongUse(f"These counts cannot be of one cohort: {self}.")

    @property
    def asked(self) -> int:
        return self.considered - sum(self.suppressed.values())

    @property
    def pending(self) -> int:
        """Asked, and neither delivered nor given up."""
        return self.asked - self.delivered - sum(self.failed.values())

    @property
    def response_rate(self) -> Figure:
        """Answered of delivered, in percent."""
        return rate(self.answered, self.delivered)


@dataclass(frozen=True, slots=True)
class Comment:
    """A customer's words with the score that they explain; `score` and `highest` are `None` for an open question.

    `invitation` says whose answer they are of, so that a message that quotes them can lose them; it is shown nowhere.
    """

    text: str
    survey_slug: str
    score: int | None
    highest: int | None
    day: date
    agent: str | None = None
    team: str | None = None
    ticket: str | None = None
    invitation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Whose summary of which week this is, and how it comes about.

    `late` is the local day of a late post and `due` the local moment at which it should have gone out; `missed` are the
    other weeks that passed unposted. `so_far` means that the week is not over; `response_settled` that all questions
    of its cohort have expired, so that the response rate is final.
    """

    workspace: str
    business: str
    week: Week
    timezone: str
    sample: bool = False
    late: date | None = None
    due: datetime | None = None
    missed: tuple[Week, ...] = ()
    resent: bool = False
    preview: bool = False
    so_far: bool = False
    response_settled: bool = False


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One survey's week. `line` is its figure in each of the twelve weeks, `None` where nobody answered.

    `left_out` are answers of the week on another scale, which the figure does not count.
    """

    survey: Survey
    figure: Figure
    previous: Figure | None
    change: Change
    line: tuple[float | None, ...] = ()
    changed_version: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The message to the owner for one local week, before any words."""

    edition: Edition
    scores: tuple[ScoreLine, ...]
    funnel: Funnel
    comments: tuple[Comment, ...] = ()

    @property
    def empty(self) -> bool:
        """Was nobody asked, and did nobody answer?"""
        return not self.funnel.considered and not any(line.figure.n for line in self.scores)


def summarise(
    edition: Edition, surveys: Sequence[SurveyWeek], funnel: Funnel, comments: Sequence[Comment] = ()
) -> Summary:
    """The summary of a week. Verdicts are corrected together, as one family (KPI.md).

    Open surveys have no figure and no line. `comments` come oldest first. Two surveys of one name raise `WrongUse`.
    """
    scored = {week.survey.slug: week for week in surveys if week.survey.kind is not Kind.OPEN}
    if len(scored) < sum(week.survey.kind is not Kind.OPEN for week in surveys):
        raise WrongUse("Each survey stands once in a summary: merge its versions, or take the newest.")
    changes = headlines({slug: (week.survey, week.now, week.before or {}) for slug, week in scored.items()})
    lines = tuple(_score_line(week, changes[slug]) for slug, week in scored.items())
    return Summary(edition, lines, funnel, chosen(comments, {slug: week.survey for slug, week in scored.items()}))


def _score_line(week: SurveyWeek, change: Change) -> ScoreLine:
    before = score(week.survey, week.before) if week.before is not None else None
    return ScoreLine(
        week.survey,
        score(week.survey, week.now),
        before if before is not None and before.n else None,
        change,
        tuple(score(week.survey, histogram).value for histogram in week.weeks),
        week.changed_version,
        week.left_out,
    )


def chosen(comments: Sequence[Comment], surveys: Mapping[str, Survey]) -> tuple[Comment, ...]:
    """At most three of the comments (oldest first): the newest low one, the newest high one, the newest of the rest."""
    newest = list(reversed(comments))
    picked: list[Comment] = []
    for band in (Band.LOW, Band.HIGH, None):
        found = next(
            (c for c in newest if c not in picked and (band is None or _band(c, surveys) is band)),
            None,
        )
        if found is not None:
            picked.append(found)
    return tuple(picked)


def _band(comment: Comment, surveys: Mapping[str, Survey]) -> Band | None:
    survey = surveys.get(comment.survey_slug)
    if survey is None or survey.scale is None or comment.score is None or comment.score not in survey.scale:
        return None
    return survey.band(comment.score)


def to_json(summary: Summary) -> Json:
    """The `summary` shape of SURFACE.md. `cases` is empty: there are none yet."""
    comments = [_comment_json(comment) for comment in summary.comments]
    return {**figures_json(summary), "comments": comments, "cases": {}}


def figures_json(summary: Summary) -> Json:
    """What of the summary may be kept for ever: its figures, and nobody's words."""
    edition = summary.edition
    return {
        "workspace": edition.workspace,
        "week": str(edition.week),
        "timezone": edition.timezone,
        "scores": [_score_json(line) for line in summary.scores],
        "funnel": _funnel_json(summary.funnel),
    }


def _score_json(line: ScoreLine) -> Json:
    places = digits(line.survey.kind)
    return {
        "survey": line.survey.slug,
        **_figure_json(line.figure, places),
        "previous": rounded(line.previous.value, places) if line.previous else None,
        "change": rounded(line.change.value, places),
        "verdict": line.change.verdict.value if line.change.verdict else None,
        "left_out": line.left_out,
    }


def _figure_json(figure: Figure, places: int) -> Json:
    found: Json = {
        "n": figure.n,
        "value": rounded(figure.value, places),
        "interval": _interval_json(figure.interval, places),
    }
    return found if figure.share is None else {**found, "share": rounded(figure.share.value)}


def _interval_json(interval: Interval | None, places: int) -> list[float | None] | None:
    return [rounded(interval.low, places), rounded(interval.high, places)] if interval else None


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
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One survey's answers of the local days `first` to `last`, whole and by group.

    `sent`, `delivered` and `answered` are of the people asked in the period, so `answered` may differ from the number
    of answers. `left_out` are answers of these days to versions that cannot be pooled with `survey`. `by` has the
    groups in the order in which they are to stand.
    """

    survey: Survey
    first: date
    last: date
    histogram: Histogram
    sent: int = 0
    delivered: int = 0
    answered: int = 0
    left_out: int = 0
    by: Sequence[tuple[str, Histogram]] = ()


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
