"""What comes in and goes out: events, messages on their way, and those of the web chat."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.parts import BigId
from storage.types import SealedJson, SealedText


class SeenEventRow(SQLModel, table=True):
    """Event ids, kept 30 days: a known one changes nothing."""

    __tablename__ = "seen_event"
    event_id: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class OutboxRow(SQLModel, table=True):
    """What is decided and not yet delivered; a delivered row is deleted with its text."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "asks", "due_at", "id"),
        Index("outbox_place", "place_digest", "id"),
        # A slow sender's late "done" must never meet another row under the same number.
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    workspace: str = Field(foreign_key="workspace.name")
    channel: str
    account: str = Field(sa_column_kwargs={"server_default": text("''")})
    place_digest: str
    invitation_id: str | None = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    week: str | None
    posting_id: int | None = Field(sa_type=BigInteger, index=True)
    body: Any = Field(sa_type=SealedJson("outbox.body"))
    asks: bool
    due_at: datetime
    attempts: int
    leased_by: str | None
    lease_until: datetime | None
    error: str | None
    created_at: datetime


class MessageRow(SQLModel, table=True):
    """What a web chat shows. A new revision takes a new `seq`, so that a stream that missed it gets it."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("workspace", "place_digest", "message_id"),
        Index("message_stream", "place_digest", "seq"),
        {"sqlite_autoincrement": True},
    )
    seq: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    workspace: str = Field(foreign_key="workspace.name")
    place_digest: str
    message_id: str
    invitation_id: str | None = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    first_seq: int | None = Field(sa_type=BigInteger)
    prompt: Any = Field(sa_type=SealedJson("message.prompt"))
    at: datetime


class ParkedRow(SQLModel, table=True):
    """An event that the database refused alone: kept sealed for the operator, acknowledged to the platform."""

    __tablename__ = "parked"
    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    event_id: str
    payload: str = Field(sa_type=SealedText("parked.payload"))
    error: str
    at: datetime
