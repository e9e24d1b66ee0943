"""The first tables.

Revision 0001, after an empty database.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _business()
    _questions()
    _answers()
    _traffic()


def downgrade() -> None:
    for table in (
        "outbox",
        "message",
        "seen_event",
        "parked",
        "response",
        "history",
        "rollup_delta",
        "rollup",
        "link",
        "invitation",
        "customer_address",
        "survey_version",
        "customer",
        "member_session",
        "member_code",
        "summary_post",
        "summary",
        "member",
        "api_key",
        "workspace",
        "installation",
        "idempotency",
    ):
        op.drop_table(table)


def _business() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("body_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_fingerprint", sqlmodel.AutoString(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "workspace",
        sa.Column("name", sqlmodel.AutoString(length=64), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("claimed_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workspace")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_api_key_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_index(op.f("ix_api_key_workspace"), "api_key", ["workspace"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("role", sqlmodel.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("removed_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'staff')", name=op.f("ck_member_role_known")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_member_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_workspace"), "member", ["workspace"], unique=False)
    op.create_table(
        "summary",
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("week", sqlmodel.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.AutoString(), nullable=False),
        sa.Column("decided_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("posted_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("figures", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('posting', 'posted', 'passed_over', 'no_destination')", name=op.f("ck_summary_state_known")
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_summary_workspace")),
        sa.PrimaryKeyConstraint("workspace", "week", name=op.f("pk_summary")),
    )
    op.create_table(
        "summary_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("week", sqlmodel.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_summary_post_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_post")),
    )
    op.create_index("summary_post_week", "summary_post", ["workspace", "week"], unique=False)
    op.create_table(
        "member_code",
        sa.Column("digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.AutoString(), nullable=False),
        sa.Column("member_id", sqlmodel.AutoString(), nullable=True),
        sa.Column("claims", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'staff')", name=op.f("ck_member_code_role_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_code_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_member_code_workspace")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_member_code")),
    )
    op.create_index(op.f("ix_member_code_workspace"), "member_code", ["workspace"], unique=False)
    op.create_table(
        "member_session",
        sa.Column("digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("member_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("expires_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_session_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_member_session")),
    )
    op.create_index(op.f("ix_member_session_member_id"), "member_session", ["member_id"], unique=False)


def _questions() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sqlmodel.AutoString(), nullable=True),
        sa.Column("opted_out_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("consented_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_customer_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_workspace"), "customer", ["workspace"], unique=False)
    op.create_table(
        "survey_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("slug", sqlmodel.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.AutoString(), nullable=False),
        sa.Column("direction", sqlmodel.AutoString(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("high", sa.Integer(), nullable=True),
        sa.Column("good_low", sa.Integer(), nullable=False),
        sa.Column("good_high", sa.Integer(), nullable=False),
        sa.Column("bad_low", sa.Integer(), nullable=False),
        sa.Column("bad_high", sa.Integer(), nullable=False),
        sa.Column("wording", sa.JSON(), nullable=False),
        sa.Column("expires_seconds", sa.Integer(), nullable=False),
        sa.Column("editable_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.CheckConstraint("(kind = 'open') = (low IS NULL)", name=op.f("ck_survey_version_scale_where_needed")),
        sa.CheckConstraint("direction IN ('higher', 'lower')", name=op.f("ck_survey_version_direction_known")),
        sa.CheckConstraint("kind IN ('csat', 'ces', 'nps', 'open')", name=op.f("ck_survey_version_kind_known")),
        sa.CheckConstraint("low >= 0 AND low < high AND high <= 10", name=op.f("ck_survey_version_scale_in_bounds")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_survey_version_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_version")),
        sa.UniqueConstraint("workspace", "slug", "version", name=op.f("uq_survey_version_workspace_slug_version")),
    )
    op.create_table(
        "customer_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("customer_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("channel", sqlmodel.AutoString(), nullable=False),
        sa.Column("address_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("first_contact_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("first_contact_text", sqlmodel.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_address_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_customer_address_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_address")),
        sa.UniqueConstraint("workspace", "address_digest", name=op.f("uq_customer_address_workspace_address_digest")),
    )
    op.create_index(op.f("ix_customer_address_customer_id"), "customer_address", ["customer_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sqlmodel.AutoString(), nullable=True),
        sa.Column("channel", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sqlmodel.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.AutoString(), nullable=True),
        sa.Column("origin", sqlmodel.AutoString(), nullable=False),
        sa.Column("by", sqlmodel.AutoString(), nullable=False),
        sa.Column("ticket", sqlmodel.AutoString(), nullable=True),
        sa.Column("ticket_key", sqlmodel.AutoString(), nullable=True),
        sa.Column("open_key", sqlmodel.AutoString(), nullable=True),
        sa.Column("import_key", sqlmodel.AutoString(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("team", sqlmodel.AutoString(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("touchpoint", sqlmodel.AutoString(), nullable=True),
        sa.Column("attributes", sa.LargeBinary(), nullable=True),
        sa.Column("ticket_closed_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("decided_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("cohort_day", sa.Date(), nullable=False),
        sa.Column("expires_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("sent_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("message", sqlmodel.AutoString(), nullable=False),
        sa.Column("changing", sa.Boolean(), nullable=False),
        sa.Column("due_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "origin IN ('asked', 'open_call', 'imported', 'test')", name=op.f("ck_invitation_origin_known")
        ),
        sa.CheckConstraint(
            "sent_at IS NOT NULL OR state NOT IN ('sent', 'answered', 'expired')",
            name=op.f("ck_invitation_sent_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('scheduled', 'suppressed', 'cancelled', 'failed', 'sent', 'answered', 'closed', 'expired')",
            name=op.f("ck_invitation_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_invitation_customer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_version.id"], name=op.f("fk_invitation_survey_id")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_invitation_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("import_key", name=op.f("uq_invitation_import_key")),
        sa.UniqueConstraint("open_key", name=op.f("uq_invitation_open_key")),
        sa.UniqueConstraint("ticket_key", name=op.f("uq_invitation_ticket_key")),
    )
    op.create_index("invitation_customer", "invitation", ["customer_id", "decided_at"], unique=False)
    op.create_index("invitation_place", "invitation", ["place_digest", "decided_at", "id"], unique=False)
    op.create_index("invitation_recent", "invitation", ["workspace", "decided_at", "id"], unique=False)
    op.create_index("invitation_ticket", "invitation", ["workspace", "ticket"], unique=False)
    op.create_index(op.f("ix_invitation_due_at"), "invitation", ["due_at"], unique=False)
    op.create_index(op.f("ix_invitation_survey_id"), "invitation", ["survey_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("expires_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("opened_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_link_invitation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_invitation_id"), "link", ["invitation_id"], unique=False)


def _answers() -> None:
    op.create_table(
        "rollup",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sqlmodel.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("measure", sqlmodel.AutoString(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "dimension IN ('all', 'agent', 'team', 'channel', 'tag', 'touchpoint')",
            name=op.f("ck_rollup_dimension_known"),
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_version.id"], name=op.f("fk_rollup_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "dimension", "day", "key", "measure", name=op.f("pk_rollup")),
    )
    op.create_table(
        "rollup_delta",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sqlmodel.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("measure", sqlmodel.AutoString(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "dimension IN ('all', 'agent', 'team', 'channel', 'tag', 'touchpoint')",
            name=op.f("ck_rollup_delta_dimension_known"),
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_version.id"], name=op.f("fk_rollup_delta_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_delta")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rollup_delta_survey_id"), "rollup_delta", ["survey_id"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_history_score_in_bounds")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_history_invitation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_invitation_id"), "history", ["invitation_id"], unique=False)
    op.create_table(
        "response",
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("parts", sa.LargeBinary(), nullable=True),
        sa.Column("commented", sa.Boolean(), nullable=False),
        sa.Column("first_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("changed_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("listed_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("not_solved_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("deleted_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "deleted_at IS NULL OR (score IS NULL AND parts IS NULL)", name=op.f("ck_response_deleted_is_empty")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_response_score_in_bounds")),
        sa.CheckConstraint(
            "score IS NULL OR (first_at IS NOT NULL AND day IS NOT NULL)", name=op.f("ck_response_score_has_day")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_response_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_response_workspace")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_response")),
    )
    op.create_index("response_listed", "response", ["workspace", "listed_at", "invitation_id"], unique=False)
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("line_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_quote_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_quote_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    op.create_index(op.f("ix_quote_invitation_id"), "quote", ["invitation_id"], unique=False)
    op.create_index("quote_place", "quote", ["place_digest"], unique=False)


def _traffic() -> None:
    op.create_table(
        "parked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("event_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("error", sqlmodel.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
    )
    op.create_table(
        "seen_event",
        sa.Column("event_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_seen_event")),
    )
    op.create_index(op.f("ix_seen_event_at"), "seen_event", ["at"], unique=False)
    op.create_table(
        "message",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("message_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=True),
        sa.Column("first_seq", sa.BigInteger(), nullable=True),
        sa.Column("prompt", sa.LargeBinary(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_message_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_message_workspace")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "workspace", "place_digest", "message_id", name=op.f("uq_message_workspace_place_digest_message_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_message_invitation_id"), "message", ["invitation_id"], unique=False)
    op.create_index("message_stream", "message", ["place_digest", "seq"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("channel", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=True),
        sa.Column("week", sqlmodel.AutoString(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("due_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sqlmodel.AutoString(), nullable=True),
        sa.Column("lease_until", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("error", sqlmodel.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_outbox_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_outbox_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_invitation_id"), "outbox", ["invitation_id"], unique=False)
    op.create_index("outbox_due", "outbox", ["due_at", "id"], unique=False)
    op.create_index("outbox_place", "outbox", ["place_digest", "id"], unique=False)
