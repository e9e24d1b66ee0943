"""What the HTTP API answers, as its OpenAPI document describes it."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

Interval = list[float | None]


class FieldProblem(BaseModel):
    at: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `detail` says what to do next and is fit for a person to read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "type": "urn:pulssi:problem:unknown-survey",
        "title": "Unknown survey",
        "status": 422,
        "detail": "There is no survey 'cast'; there are ces, csat, nps, open.",
    }]})  # fmt: skip

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class VerdictOut(BaseModel):
    """`ask` with a `reason` means: it goes out although that reason would otherwise hold it back."""

    ask: bool
    reason: str | None
    not_before: datetime | None


class AskedOut(BaseModel):
    """What came of an ask. `link` is the address of a one-time link, for `channel:new` alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "invitation": "1k9w3v7q8m2x5n4p6r0t",
        "state": "scheduled",
        "verdict": {"ask": True, "reason": None, "not_before": None},
        "link": None,
    }]})  # fmt: skip

    invitation: str | None
    state: str | None
    verdict: VerdictOut
    link: str | None


class AboutOut(BaseModel):
    """The interaction that is rated; agent, team and tags are those of the moment of asking."""

    ticket: str | None
    subject: str | None
    agent: str | None
    team: str | None
    tags: list[str]
    touchpoint: str | None
    attributes: dict[str, str]


class InvitationOut(AboutOut):
    """An invitation; `score`, `comment` and `answered_at` are null until it is answered.

    `not_solved_at` is when the customer said "not solved yet", which they may say without an answer.
    """

    id: str
    survey: str
    state: str
    reason: str | None
    origin: str
    customer: str | None
    to: str | None
    channel: str
    locale: str
    decided_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    score: int | None
    comment: str | None
    answered_at: datetime | None
    not_solved_at: datetime | None


class ScoreOut(BaseModel):
    score: int
    at: datetime


class ResponseOut(AboutOut):
    """An answer. `history` has every score with its time, the first one included."""

    id: str
    survey: str
    score: int | None
    comment: str | None
    customer: str | None
    customer_name: str | None
    channel: str
    locale: str
    sent_at: datetime | None
    answered_at: datetime | None
    not_solved_at: datetime | None
    history: list[ScoreOut]


class ResponsesOut(BaseModel):
    """A page, the oldest answer first; `next` is the cursor of the next page, null on the last."""

    responses: list[ResponseOut]
    next: str | None


class FigureOut(BaseModel):
    """`value` is a percentage (csat), -100 to 100 (nps) or a mean (ces); null without answers. CES adds `share`."""

    n: int
    value: float | None
    interval: Interval | None
    share: float | None = None


class GroupOut(FigureOut):
    key: str


class KpiOut(FigureOut):
    """A survey's figures with their 95 % interval; `response_rate` is of the people asked in the period."""

    model_config = ConfigDict(populate_by_name=True)

    survey: str
    kind: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    histogram: dict[str, int]
    sent: int
    delivered: int
    answered: int
    response_rate: float | None
    by: list[GroupOut]


class WeekScoreOut(FigureOut):
    """`verdict` is `real`, `noise`, `few`, or null where there is no earlier period."""

    survey: str
    previous: float | None
    change: float | None
    verdict: str | None


class FunnelOut(BaseModel):
    considered: int
    suppressed: int
    asked: int
    pending: int
    failed: int
    delivered: int
    answered: int
    commented: int


class CommentOut(BaseModel):
    survey: str
    text: str
    score: int | None
    highest: int | None
    day: date
    agent: str | None
    team: str | None
    ticket: str | None


class CasesOut(TypedDict, total=False):
    """Low scores that nobody has taken, and the local day since which the oldest waits; without any both are absent."""

    open: int
    oldest: date


class SummaryOut(BaseModel):
    """The weekly message as figures."""

    workspace: str
    week: str | None
    period: str
    every: str
    timezone: str
    scores: list[WeekScoreOut]
    funnel: FunnelOut
    comments: list[CommentOut]
    cases: CasesOut
