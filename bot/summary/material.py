"""What a weekly summary and the figures of a period are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.errors import WrongUse
from bot.scoring import Figure, Histogram, rate
from bot.spans import Span
from bot.surveys import Band, Survey


@dataclass(frozen=True, slots=True)
class SurveyWeek:
    """A survey's newest version with its answers by score; the goal on it is the owner's of now.

    `before` is the week before, `None` where nothing may be compared: no such week, or a version of another scale or
    direction. `weeks` are twelve, oldest first and this one last; a week that may not be pooled stands there empty.
    `changed_wording` says that answers to another wording on the same scale are in this week or the week before,
    `changed_scale` that the scale changed since the week before or in one of the two. `left_out` are the week's answers
    to versions that cannot be pooled with this one, `left_out_before` those of the week before where that is compared.
    `wordings` says in how many wordings the twelve weeks asked, and `changed` in which weeks another wording or scale
    was first answered.
    """

    survey: Survey
    now: Histogram
    before: Histogram | None = None
    weeks: tuple[Histogram, ...] = ()
    left_out: int = 0
    changed_wording: bool = False
    changed_scale: bool = False
    left_out_before: int = 0
    wordings: int = 1
    changed: tuple[Span, ...] = ()

    @property
    def changed_version(self) -> bool:
        return self.changed_wording or self.changed_scale


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Those who have something in common: a dimension of the rollups, such as `team`, and the name in it."""

    dimension: str
    key: str


@dataclass(frozen=True, slots=True)
class GroupWeek:
    """A group's answers to one survey, this week and the week before; versions as in the `SurveyWeek` of that name."""

    slug: str
    group: Group
    now: Histogram
    before: Histogram


@dataclass(frozen=True, slots=True)
class Segment:
    """How many of a group were reached and how many answered, of the people whose asking was decided in one week."""

    group: Group
    delivered: int
    answered: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """A week whose questions have all expired, so that its response rates are final and fair to compare."""

    week: Span
    delivered: int
    answered: int
    segments: Sequence[Segment] = ()


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


class Why(StrEnum):
    """What a comment was chosen for."""

    BAD = "bad"
    GOOD = "good"
    MOVED = "moved"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Comment:
    """A customer's words with the score that they explain; `score` and `highest` are `None` for an open question.

    The words are masked already (`bot.summary.masking`). `invitation` says whose answer they are of, so that a message
    that quotes them can lose them; it is shown nowhere. `link` opens the message that asked, where there is one. `band`
    is the score's in the version that was answered. `team_told` is false where the team would name a single person.
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
    touchpoint: str | None = None
    channel: str = ""
    tags: tuple[str, ...] = ()
    link: str = ""
    why: Why | None = None
    band: Band | None = None
    team_told: bool = True

    def of(self, group: Group) -> bool:
        """Does the answer count in this group?"""
        if group.dimension == "tag":
            return group.key in self.tags
        keys = {"agent": self.agent, "team": self.team, "touchpoint": self.touchpoint, "channel": self.channel}
        return keys.get(group.dimension) == group.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Whose summary of which week this is, and how it comes about.

    `late` is the local day of a late post and `due` the local moment at which it should have gone out; `missed` are the
    other weeks that passed unposted. `so_far` means that the week is not over; `response_settled` that all questions
    of its cohort have expired, so that the response rate is final. `agents` lets single agents be named
    (PULSSI_AGENT_FIGURES). `limit` is the group that the place is about which reads it.
    """

    workspace: str
    business: str
    week: Span
    timezone: str
    sample: bool = False
    late: date | None = None
    due: datetime | None = None
    missed: tuple[Span, ...] = ()
    resent: bool = False
    preview: bool = False
    so_far: bool = False
    response_settled: bool = False
    agents: bool = False
    limit: Group | None = None


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
