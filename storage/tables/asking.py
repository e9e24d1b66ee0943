"""Who is asked what, and what they answered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Date, Index, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from bot.invitation import Origin, State
from bot.surveys import Direction, Kind
from storage.tables.parts import MOVED, BigId, one_of_these
from storage.types import SealedJson, SealedKey, SealedText


class SurveyVersionRow(SQLModel, table=True):
    __tablename__ = "survey_version"
    __table_args__ = (
        UniqueConstraint("workspace", "slug", "version"),
        one_of_these("kind", [k.value for k in Kind]),
        one_of_these("direction", [d.value for d in Direction]),
        CheckConstraint("(kind = 'open') = (low IS NULL)", name="scale_where_needed"),
        CheckConstraint("low >= 0 AND low < high AND high <= 10", name="scale_in_bounds"),
    )
    id: int | None = Field(default=None, primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    slug: str
    version: int
    kind: str
    direction: str
    low: int | None
    high: int | None
    good_low: int
    good_high: int
    bad_low: int
    bad_high: int
    wording: dict[str, dict[str, str]] = Field(sa_type=JSON)
    expires_seconds: int
    editable_seconds: int
    goal_hundredths: int | None
    created_at: datetime


class CustomerRow(SQLModel, table=True):
    __tablename__ = "customer"
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    name: str | None = Field(sa_type=SealedText("customer.name"))
    locale: str | None
    opted_out_at: datetime | None
    consented_at: datetime | None
    created_at: datetime


class CustomerAddressRow(SQLModel, table=True):
    """Where a customer can be reached, and what was said there at the first contact, and when.

    `seen_at` is when the person last wrote there; None where a bot may not begin.
    """

    __tablename__ = "customer_address"
    __table_args__ = (
        UniqueConstraint("workspace", "address_digest"),
        Index("customer_address_seen", "workspace", "channel", "seen_at", "id"),
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace: str = Field(foreign_key="workspace.name")
    customer_id: str = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    channel: str
    address_digest: str
    address: Any = Field(sa_type=SealedJson("customer_address.address"))
    first_contact_at: datetime | None
    first_contact_text: str | None
    seen_at: datetime | None


class InvitationRow(SQLModel, table=True):
    """`ticket_key` and `open_key` are hashes while they must be unique, else NULL: keys, not check-then-insert."""

    __tablename__ = "invitation"
    __table_args__ = (
        one_of_these("state", [s.value for s in State]),
        one_of_these("origin", [o.value for o in Origin]),
        CheckConstraint("sent_at IS NOT NULL OR state NOT IN ('sent', 'answered', 'expired')", name="sent_has_time"),
        Index("invitation_place", "place_digest", "decided_at", "id"),
        Index("invitation_customer", "customer_id", "decided_at"),
        Index("invitation_recent", "workspace", "decided_at", "id"),
        Index("invitation_ticket", "workspace", "ticket"),
        Index("invitation_message", "place_digest", "message"),
        # An index and not a constraint: SQLite adds no constraint to a table that is there.
        Index("invitation_call_key", "call_key", unique=True),
    )
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    survey_id: int = Field(foreign_key="survey_version.id", index=True)
    customer_id: str | None = Field(foreign_key="customer.id", ondelete="SET NULL")
    channel: str
    place_digest: str | None
    address: Any = Field(sa_type=SealedJson("invitation.address"), nullable=True)
    locale: str
    state: str
    reason: str | None
    origin: str
    by: str
    ticket: str | None
    ticket_key: str | None = Field(unique=True)
    open_key: str | None = Field(unique=True)
    import_key: str | None = Field(unique=True)
    subject: str | None = Field(sa_type=SealedText("invitation.subject"))
    agent: str | None = Field(sa_type=SealedKey())
    team: str | None
    tags: list[str] = Field(sa_type=JSON)
    touchpoint: str | None
    attributes: Any = Field(sa_type=SealedJson("invitation.attributes"), nullable=True)
    ticket_closed_at: datetime | None
    decided_at: datetime
    cohort_day: date = Field(sa_type=Date)
    expires_at: datetime
    sent_at: datetime | None
    message: str
    personal: str = Field(sa_column_kwargs={"server_default": text("''")})
    call_id: str | None
    call_key: str | None
    changing: bool
    due_at: datetime | None = Field(index=True)


class ResponseRow(SQLModel, table=True):
    """The answer to an invitation; one row each, ever. `listed_at` orders lists: first answered, or else changed."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 10", name="score_in_bounds"),
        CheckConstraint("score IS NULL OR (first_at IS NOT NULL AND day IS NOT NULL)", name="score_has_day"),
        CheckConstraint("deleted_at IS NULL OR (score IS NULL AND parts IS NULL)", name="deleted_is_empty"),
        Index("response_listed", "workspace", "listed_at", "invitation_id"),
        Index("response_moved", "workspace", "day", "changed_at", sqlite_where=MOVED, postgresql_where=MOVED),
    )
    invitation_id: str = Field(primary_key=True, foreign_key="invitation.id", ondelete="CASCADE")
    workspace: str = Field(foreign_key="workspace.name")
    score: int | None
    parts: Any = Field(sa_type=SealedJson("response.parts"), nullable=True)
    commented: bool
    first_at: datetime | None
    day: date | None = Field(sa_type=Date)
    changed_at: datetime | None
    listed_at: datetime | None
    not_solved_at: datetime | None
    deleted_at: datetime | None


class HistoryRow(SQLModel, table=True):
    """Every real change of a response, once: a score or the words as they were from `at` on."""

    __tablename__ = "history"
    __table_args__ = (CheckConstraint("score BETWEEN 0 AND 10", name="score_in_bounds"),)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    invitation_id: str = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    score: int | None
    words: str | None = Field(sa_type=SealedText("history.words"))
    at: datetime


class LinkRow(SQLModel, table=True):
    """A one-time link: who opens it first becomes this invitation's customer."""

    __tablename__ = "link"
    digest: str = Field(primary_key=True)
    invitation_id: str = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    expires_at: datetime
    opened_at: datetime | None
