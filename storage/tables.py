"""The tables. Personal data is sealed, uniqueness goes by keyed hash, and CHECKs hold what the domain promises.

Table models do not validate (SQLModel), so the constraints stand here a second time on purpose. Times are aware UTC.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, UniqueConstraint, text
from sqlalchemy.types import JSON
from sqlmodel import Field, SQLModel

from bot.cases import CaseState, Told
from bot.counting import DIMENSIONS
from bot.invitation import Origin, State
from bot.ports import Fate
from bot.spans import Every
from bot.surveys import Direction, Kind
from storage.types import SealedJson, SealedKey, SealedText

# SQLite counts up by itself only on INTEGER PRIMARY KEY; PostgreSQL gets 64 bits.
BigId = BigInteger().with_variant(Integer(), "sqlite")
ROLES = ("owner", "staff")
MOVED = text("changed_at > first_at")  # most answers are given once, and cost this index nothing

# Names for every constraint: a migration can only change what it can name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _one_of(column: str, values: tuple[str, ...] | list[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


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
    __table_args__ = (_one_of("role", ROLES),)
    id: str = Field(primary_key=True)
    workspace: str = Field(foreign_key="workspace.name", index=True)
    name: str = Field(sa_type=SealedText("member.name"))
    role: str
    created_at: datetime
    removed_at: datetime | None


class MemberCodeRow(SQLModel, table=True):
    """One-time codes for claiming, joining and binding one more identity."""

    __tablename__ = "member_code"
    __table_args__ = (_one_of("role", ROLES),)
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


class SurveyVersionRow(SQLModel, table=True):
    __tablename__ = "survey_version"
    __table_args__ = (
        UniqueConstraint("workspace", "slug", "version"),
        _one_of("kind", [k.value for k in Kind]),
        _one_of("direction", [d.value for d in Direction]),
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
        _one_of("state", [s.value for s in State]),
        _one_of("origin", [o.value for o in Origin]),
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


class LinkRow(SQLModel, table=True):
    """A one-time link: who opens it first becomes this invitation's customer."""

    __tablename__ = "link"
    digest: str = Field(primary_key=True)
    invitation_id: str = Field(foreign_key="invitation.id", ondelete="CASCADE", index=True)
    expires_at: datetime
    opened_at: datetime | None


class RollupRow(SQLModel, table=True):
    """The folded counters; `key` is sealed because it may be a person's name."""

    __tablename__ = "rollup"
    __table_args__ = (_one_of("dimension", DIMENSIONS),)
    survey_id: int = Field(primary_key=True, foreign_key="survey_version.id")
    dimension: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    key: str = Field(primary_key=True, sa_type=SealedKey())
    measure: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class RollupDeltaRow(SQLModel, table=True):
    """Counters that are not folded yet, so that replicas never fight for one row."""

    __tablename__ = "rollup_delta"
    __table_args__ = (_one_of("dimension", DIMENSIONS), {"sqlite_autoincrement": True})
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
    __table_args__ = (_one_of("state", ["posting", "posted", "passed_over", "no_destination"]),)
    workspace: str = Field(primary_key=True, foreign_key="workspace.name")
    week: str = Field(primary_key=True)
    state: str
    decided_at: datetime
    posted_at: datetime | None
    figures: Any = Field(sa_type=SealedJson("summary.figures"), nullable=True)


class RhythmRow(SQLModel, table=True):
    """How often the workspace's message comes, as it was last acted on, and since when."""

    __tablename__ = "rhythm"
    __table_args__ = (_one_of("every", [one.value for one in Every]),)
    workspace: str = Field(primary_key=True, foreign_key="workspace.name")
    every: str
    since: datetime


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
        _one_of("fate", [one.value for one in Fate]),
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


class LowCaseRow(SQLModel, table=True):
    """The follow-up of a low score, or of "not solved yet". `news_at` is since when something of it waits to be told,
    `heard` are the digests of the places that know all there is; `told_at` is when the first of them read of it."""

    __tablename__ = "low_case"
    __table_args__ = (
        _one_of("state", [s.value for s in CaseState]),
        _one_of("told", [t.value for t in Told]),
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


class ParkedRow(SQLModel, table=True):
    """An event that the database refused alone: kept sealed for the operator, acknowledged to the platform."""

    __tablename__ = "parked"
    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    event_id: str
    payload: str = Field(sa_type=SealedText("parked.payload"))
    error: str
    at: datetime


TABLES = SQLModel.metadata
