"""Who runs an installation: businesses, their members and bots, and the programs that may ask."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from storage.tables.parts import ROLES, one_of_these
from storage.types import SealedJson, SealedText


class Installation(SQLModel, table=True):
    """One row: which secret key this database was written with."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: int = Field(default=1, primary_key=True)
    key_fingerprint: str


class WorkspaceRow(SQLModel, table=True):
    """A business. `settings` holds what an owner set in chat; it wins over the environment."""

    __tablename__ = "workspace"
    name: str = Field(primary_key=True, max_length=64)
    settings: dict[str, str] = Field(sa_type=JSON)
    sample: bool
    created_at: datetime
    claimed_at: datetime | None


class MemberRow(SQLModel, table=True):
    __tablename__ = "member"
    __table_args__ = (one_of_these("role", ROLES),)
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    name: str = Field(sa_type=SealedText("member.name"))
    role: str
    created_at: datetime
    removed_at: datetime | None


class MemberCodeRow(SQLModel, table=True):
    """One-time codes for claiming, joining and binding one more identity."""

    __tablename__ = "member_code"
    __table_args__ = (one_of_these("role", ROLES),)
    digest: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    role: str
    member_id: str | None = Field(foreign_key="member.id", ondelete="CASCADE")
    claims: bool
    expires_at: datetime
    used_at: datetime | None


class MemberSessionRow(SQLModel, table=True):
    """A browser that a member claimed or joined with."""

    __tablename__ = "member_session"
    digest: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.id", ondelete="CASCADE", index=True)
    expires_at: datetime


class MemberIdentityRow(SQLModel, table=True):
    """Somebody's account on a platform that belongs to a member; `menu` is what its list of commands was set to."""

    __tablename__ = "member_identity"
    digest: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    member_id: str = Field(foreign_key="member.id", ondelete="CASCADE", index=True)
    channel: str
    account: str
    address: Any = Field(sa_type=SealedJson("member_identity.address"))
    locale: str | None
    menu: str
    bound_at: datetime


class DraftRow(SQLModel, table=True):
    """What a member has chosen so far and not confirmed; its buttons name it."""

    __tablename__ = "draft"
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name")
    member_id: str = Field(foreign_key="member.id", ondelete="CASCADE", index=True)
    body: Any = Field(sa_type=SealedJson("draft.body"))
    expires_at: datetime = Field(index=True)


class BotRow(SQLModel, table=True):
    """A vendor's bot: whose it is, which process sends for it, until when it must be quiet, which webhook is ours."""

    __tablename__ = "bot"
    channel: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    username: str
    webhook: str
    site: str = Field(sa_column_kwargs={"server_default": text("''")})
    leased_by: str | None
    lease_until: datetime | None
    paused_until: datetime | None


class ApiKeyRow(SQLModel, table=True):
    __tablename__ = "api_key"
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    name: str
    digest: str = Field(unique=True)
    created_at: datetime
    revoked_at: datetime | None


class IdempotencyRow(SQLModel, table=True):
    """What was answered to a request with an Idempotency-Key, for 24 hours."""

    __tablename__ = "idempotency"
    key_digest: str = Field(primary_key=True)
    body_digest: str
    answer: Any = Field(sa_type=SealedJson("idempotency.answer"))
    at: datetime = Field(index=True)
