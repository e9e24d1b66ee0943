"""Counters, and the messages with the figures: which was posted where, and what it quotes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.counting import DIMENSIONS
from bot.ports import Fate
from bot.spans import Every
from storage.tables.parts import BigId, one_of_these
from storage.types import SealedJson, SealedKey, SealedText


class RollupRow(SQLModel, table=True):
    """The folded counters; `key` is sealed because it may be a person's name."""

    __tablename__ = "rollup"
    __table_args__ = (one_of_these("dimension", DIMENSIONS),)
    survey_id: int = Field(primary_key=True, foreign_key="survey_version.id")
    dimension: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    key: str = Field(primary_key=True, sa_type=SealedKey())
    measure: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class RollupDeltaRow(SQLModel, table=True):
    """Counters that are not folded yet, so that replicas never fight for one row."""

    __tablename__ = "rollup_delta"
    __table_args__ = (one_of_these("dimension", DIMENSIONS), {"sqlite_autoincrement": True})
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    survey_id: int = Field(foreign_key="survey_version.id", index=True)
    dimension: str
    day: date = Field(sa_type=Date)
    key: str = Field(sa_type=SealedKey())
    measure: str
    n: int = Field(sa_type=BigInteger)


class SummaryRow(SQLModel, table=True):
    """The decision about one local week: posted, or passed over after downtime. One row per workspace and week."""

    __tablename__ = "summary"
    __table_args__ = (one_of_these("state", ["posting", "posted", "passed_over", "no_destination"]),)
    workspace: str = Field(primary_key=True, foreign_key="workspace.name")
    week: str = Field(primary_key=True)
    state: str
    decided_at: datetime
    posted_at: datetime | None
    figures: Any = Field(sa_type=SealedJson("summary.figures"), nullable=True)


class RhythmRow(SQLModel, table=True):
    """How often the workspace's message comes and at what local time, as it was last acted on, and since when."""

    __tablename__ = "rhythm"
    __table_args__ = (one_of_these("every", [one.value for one in Every]),)
    workspace: str = Field(primary_key=True, foreign_key="workspace.name")
    every: str
    since: datetime
    schedule: str | None
    scheduled: datetime | None


class SummaryPostRow(SQLModel, table=True):
    """Each time a week's message was put on its way, scheduled or on demand; a second one says that it is one."""

    __tablename__ = "summary_post"
    __table_args__ = (Index("summary_post_week", "workspace", "week"),)
    id: int | None = Field(default=None, primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    week: str
    at: datetime


class PostingRow(SQLModel, table=True):
    """What became of a week's message at one destination. `message` is kept while nobody could be reached."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("workspace", "week", "place_digest"),
        one_of_these("fate", [one.value for one in Fate]),
        Index("posting_fate", "fate", "since"),
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    workspace: str = Field(foreign_key="workspace.name")
    week: str
    place_digest: str = Field(index=True)
    destination: Any = Field(sa_type=SealedJson("posting.destination"))
    fate: str
    reason: str
    since: datetime
    tries: int
    due_at: datetime | None
    message: Any = Field(sa_type=SealedJson("posting.message"), nullable=True)


class QuoteRow(SQLModel, table=True):
    """A line of a weekly message that quotes an answer's words, as a keyed hash; `gone` once the words are."""

    __tablename__ = "quote"
    __table_args__ = (Index("quote_place", "place_digest"),)
    id: int | None = Field(default=None, primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    place_digest: str
    invitation_id: str = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    line_digest: str
    gone: bool


class NoteRow(SQLModel, table=True):
    """What the business did on a local day, in an owner's words."""

    __tablename__ = "note"
    __table_args__ = (Index("note_day", "workspace", "day"),)
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    day: date = Field(sa_type=Date)
    text: str = Field(sa_type=SealedText("note.text"))
    created_at: datetime
