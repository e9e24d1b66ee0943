"""Low scores that somebody looks after."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from bot.cases import CaseState, Told
from storage.tables.parts import one_of_these
from storage.types import SealedJson, SealedText


class LowCaseRow(SQLModel, table=True):
    """The follow-up of a low score, or of "not solved yet". Something of it waits to be told since `news_at`, or is to
    wait until then; `heard` are the digests of the places that know all there is; `told_at` is when the first of them
    read of it."""

    __tablename__ = "low_case"
    __table_args__ = (
        one_of_these("state", [s.value for s in CaseState]),
        one_of_these("told", [t.value for t in Told]),
        Index("low_case_unfinished", "workspace", "state", "opened_at"),
    )
    invitation_id: str = Field(primary_key=True, foreign_key="invitation.id", ondelete="CASCADE")
    workspace: str = Field(foreign_key="workspace.name")
    state: str
    opened_at: datetime
    news_at: datetime | None = Field(index=True)
    heard: list[str] = Field(sa_type=JSON)
    told_at: datetime | None
    member_id: str | None = Field(foreign_key="member.id")
    since: datetime | None
    outcome: str | None = Field(sa_type=SealedText("low_case.outcome"))
    sentence: str | None = Field(sa_type=SealedText("low_case.sentence"))
    told: str


class CaseMessageRow(SQLModel, table=True):
    """The newest message of a place that shows a case alone, so that it can be changed when the case does."""

    __tablename__ = "case_message"
    invitation_id: str = Field(primary_key=True, foreign_key="low_case.invitation_id", ondelete="CASCADE")
    place_digest: str = Field(primary_key=True)
    address: Any = Field(sa_type=SealedJson("case_message.address"))
    message: str
    locale: str


class CaseNoticeRow(SQLModel, table=True):
    """When a place was last told of low scores, so that it is not told all the time."""

    __tablename__ = "case_notice"
    workspace: str = Field(primary_key=True, foreign_key="workspace.name")
    place_digest: str = Field(primary_key=True)
    at: datetime
