"""The invitation: one survey version, one customer, one interaction, and what came of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from bot.address import Address
from bot.surveys import Kind, Survey


class State(StrEnum):
    SCHEDULED = "scheduled"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SENT = "sent"
    ANSWERED = "answered"
    CLOSED = "closed"
    EXPIRED = "expired"


OPEN = frozenset({State.SCHEDULED, State.SENT})
ENDED = frozenset({State.SUPPRESSED, State.CANCELLED, State.CLOSED, State.EXPIRED})
NO_CONSENT = "no_consent"
OPTED_OUT = "opted_out"
HELD_REASONS = frozenset({NO_CONSENT, OPTED_OUT})
_UNSENT = frozenset({State.SCHEDULED, State.FAILED})


class Origin(StrEnum):
    """How the invitation came to be, which decides the figures that it may enter (KPI.md)."""

    ASKED = "asked"
    OPEN_CALL = "open_call"
    IMPORTED = "imported"
    TEST = "test"


class Interaction(msgspec.Struct, frozen=True):
    """What is being rated. Agent, team and tags are those of the moment of asking, and stay."""

    ticket: str | None = None
    subject: str | None = None
    agent: str | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()
    touchpoint: str | None = None
    closed_at: datetime | None = None
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


class Part(msgspec.Struct, frozen=True):
    """One message of the person's words; several make the comment."""

    text: str
    at: datetime
    message: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The response: one row per invitation, whose every change is kept in its history.

    `first_at` and `day` (local) are those of the first answer and never move. `commented` outlives erased words.
    """

    score: int | None = None
    parts: tuple[Part, ...] = ()
    commented: bool = False
    first_at: datetime | None = None
    day: date | None = None
    changed_at: datetime | None = None
    not_solved_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def comment(self) -> str:
        return "\n".join(part.text for part in self.parts)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """State with everything that a decision needs; `survey_id` is the stored version's id.

    `message` is the platform's id of the message that asks, `personal` that of the one in the person's own chat, where
    others read the first.
    """

    id: str
    workspace: str
    survey: Survey
    survey_id: int
    state: State
    decided_at: datetime
    cohort_day: date
    expires_at: datetime
    reason: str | None = None
    customer: str | None = None
    address: Address | None = None
    channel: str = ""
    locale: str = "en"
    interaction: Interaction = msgspec.field(default_factory=Interaction)
    origin: Origin = Origin.ASKED
    by: str = ""
    sent_at: datetime | None = None
    message: str = ""
    personal: str = ""
    call: str | None = None
    changing: bool = False
    answer: Answer | None = None

    @property
    def is_open_call(self) -> bool:
        """Does it ask everybody who reads it? Each person's tap makes an invitation of their own, with this `call`."""
        return self.origin is Origin.OPEN_CALL and self.call is None

    @property
    def is_open_question(self) -> bool:
        return self.survey.kind is Kind.OPEN

    @property
    def held(self) -> bool:
        """Was the person first asked whether the question may come, without a yes so far? Nothing answers it yet.

        What is missing is the reason: `no_consent` (PULSSI_CONSENT=opt-in) or `opted_out` (a link opened after one).
        """
        return self.state in _UNSENT and self.reason in HELD_REASONS

    @property
    def answered(self) -> bool:
        """Was it answered, and is the answer still there?"""
        return self.answer is not None and self.answer.first_at is not None and self.answer.deleted_at is None

    @property
    def editable_until(self) -> datetime | None:
        """Until when score and comment may change; `None` before the first answer."""
        if self.answer is None or self.answer.first_at is None:
            return None
        return self.answer.first_at + self.survey.editable_for

    def editable(self, now: datetime) -> bool:
        until = self.editable_until
        return self.state is State.ANSWERED and until is not None and now < until

    def words_open(self, part: Part) -> bool:
        """May these words still change? After the close only those that came after it."""
        if self.state in {State.CLOSED, State.EXPIRED}:
            return part.at >= (self.editable_until or self.expires_at)
        return self.state is not State.CANCELLED


APPEND_WITHIN = timedelta(minutes=10)
COMMENT_WITHIN = timedelta(minutes=30)
