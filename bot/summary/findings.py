"""What a weekly summary says, as values without words."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.scoring import Figure, Histogram, Interval, score
from bot.spans import Span
from bot.summary.material import Comment, Edition, Funnel, Group
from bot.surveys import Direction, Kind, Survey
from bot.trends import Change, Verdict


@dataclass(frozen=True, slots=True)
class Course:
    """Where the figure went over the weeks: its slope a week with the 95 % interval, by weighted least squares.

    `span` are the weeks from the first to the last that had enough answers, both included; the last is this week.
    `changed_wording` says that the wording changed within the twelve weeks, which may be a part of the course.
    """

    per_week: float
    interval: Interval
    p: float
    verdict: Verdict
    span: int
    changed_wording: bool = False

    @property
    def total(self) -> float:
        """How far the line goes from its first week to its last."""
        return self.per_week * (self.span - 1)

    @property
    def total_interval(self) -> Interval:
        """The likely range (95 %) of the total."""
        steps = self.span - 1
        return Interval(self.interval.low * steps, self.interval.high * steps)


@dataclass(frozen=True, slots=True)
class Beside:
    """A group's week beside the whole's: its figure, its change judged as among the movers, its answers by score."""

    figure: Figure
    change: Change
    histogram: Histogram = field(default_factory=dict)

    @property
    def unanimous(self) -> int | None:
        """As in `ScoreLine`."""
        return _unanimous(self.histogram, self.figure)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One survey's week. `line` is its figure in each of the twelve weeks, `None` where nobody answered; `weeks` has
    the answers that it is of, and `changed` says in which of these weeks another wording or scale began.

    `left_out` are answers of the week on another scale, which the figure does not count; `left_out_before` are those of
    the week before, where it is compared. The other flags are as in `SurveyWeek`. `beside` is the group's own that the
    edition is limited to.
    """

    survey: Survey
    figure: Figure
    previous: Figure | None
    change: Change
    line: tuple[float | None, ...] = ()
    left_out: int = 0
    histogram: Histogram = field(default_factory=dict)
    course: Course | None = None
    changed_wording: bool = False
    changed_scale: bool = False
    left_out_before: int = 0
    beside: Beside | None = None
    weeks: tuple[Histogram, ...] = ()
    changed: tuple[Span, ...] = ()

    @property
    def changed_version(self) -> bool:
        return self.changed_wording or self.changed_scale

    def by_week(self, last: Span) -> list[tuple[Span, Histogram]]:
        """The weeks with their answers, oldest first, of which the last is that of the summary."""
        return [(last.minus(len(self.weeks) - 1 - at), answers) for at, answers in enumerate(self.weeks)]

    @property
    def stopped(self) -> bool:
        """Did nobody answer in this week, though somebody did in the week before?"""
        return not self.figure.n

    @property
    def unanimous(self) -> int | None:
        """The score that all answers have, where there are two or more: the t interval of a mean has no width then."""
        return _unanimous(self.histogram, self.figure)

    @property
    def low(self) -> int:
        """How many answers lie in the lowest band."""
        return low_answers(self.survey, self.histogram)

    @property
    def better(self) -> bool:
        """Did the figure change for the better, clearly or not?"""
        return is_better(self.survey, self.change.value or 0.0)


def _unanimous(histogram: Histogram, figure: Figure) -> int | None:
    given = [score for score, n in histogram.items() if n]
    return given[0] if len(given) == 1 and figure.n > 1 else None


def low_answers(survey: Survey, histogram: Histogram) -> int:
    """How many answers lie in the survey's lowest band."""
    first, last = survey.bad
    return sum(n for score, n in histogram.items() if first <= score <= last)


def is_better(survey: Survey, change: float) -> bool:
    """Is a change of the survey's figure by this much one for the better?"""
    lower_is_better = survey.direction is Direction.LOWER
    # Of a survey that is turned round, only the mean turns round with it: CSAT and NPS count the good answers.
    return change < 0 if lower_is_better and survey.kind is Kind.CES else change > 0


@dataclass(frozen=True, slots=True)
class Mover:
    """A group whose figure changed clearly, after the correction for all groups that were compared.

    `low` is the number of its answers in the lowest band.
    """

    survey: Survey
    group: Group
    figure: Figure
    change: Change
    low: int

    @property
    def better(self) -> bool:
        return is_better(self.survey, self.change.value or 0.0)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group's answers by score, and its change as it is judged among all that are compared.

    `before` are its answers of the week before, empty where nothing may be compared.
    """

    survey: Survey
    group: Group
    now: Histogram
    before: Histogram
    change: Change

    @property
    def figure(self) -> Figure:
        return score(self.survey, self.now)


@dataclass(frozen=True, slots=True)
class Silence:
    """A group that answers clearly less often than all others who were reached in the same week."""

    group: Group
    figure: Figure
    rest: Figure
    change: Change


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A survey's figure as it was posted and as it is now; `rescored` people changed their score since, if known."""

    survey: Survey
    was: Figure
    now: Figure
    rescored: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What of an earlier week's posted figures is not true any more. Rates are in percent.

    `settled` says that all questions of that week have expired, so that the new rate is final.
    """

    week: Span
    figures: tuple[MovedFigure, ...] = ()
    rate_was: Figure | None = None
    rate_now: Figure | None = None
    settled: bool = False

    @property
    def rate_moved(self) -> bool:
        return self.rate_was is not None


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Low scores that wait for somebody to take them, and the local day since which the oldest does."""

    waiting: int
    oldest: date


class Rule(StrEnum):
    """What a next step follows from; the rules and their reasons are in `bot.summary.next_steps`."""

    GROUP_FELL = "group_fell"
    DELIVERY_FAILS = "delivery_fails"
    SURVEY_FELL = "survey_fell"
    GOAL_MISSED = "goal_missed"
    GROUP_SILENT = "group_silent"
    TOO_FEW = "too_few"
    GROUP_ROSE = "group_rose"
    SURVEY_ROSE = "survey_rose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do next. `n` is the count that it names: low answers, failed questions."""

    rule: Rule
    survey: Survey | None = None
    group: Group | None = None
    n: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The message to the owner for one local week, before any words.

    `groups` are all that may be spoken of, and `compared` is the number of those that the movers were chosen from;
    `silent_week` the week of the silent ones. `open_cases` stays `None` as long as there are none. `withheld` says that
    the group which the edition is limited to is too small for figures of its own (PULSSI_AGENT_FIGURES).
    """

    edition: Edition
    scores: tuple[ScoreLine, ...]
    funnel: Funnel
    comments: tuple[Comment, ...] = ()
    movers: tuple[Mover, ...] = ()
    compared: int = 0
    silent: tuple[Silence, ...] = ()
    silent_week: Span | None = None
    moved: Moved | None = None
    open_cases: OpenCases | None = None
    steps: tuple[Step, ...] = ()
    withheld: bool = False
    groups: tuple[GroupLine, ...] = ()

    @property
    def empty(self) -> bool:
        """Was nobody asked, did nobody answer or write, and does nobody wait?"""
        waiting = self.open_cases is not None and self.open_cases.waiting
        said = waiting or self.comments or self.funnel.considered
        return not said and not any(line.figure.n for line in self.scores)
