"""Bots of a platform, members' accounts there, drafts of asks, and messages in a person's own chat.

Revision 0002, after 0001. Columns and indexes only: on SQLite a table that is made anew would take its children along.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _members()
    _bots()
    op.add_column("customer_address", sa.Column("seen_at", sqlmodel.UTCDateTime(), nullable=True))
    op.create_index(
        "customer_address_seen", "customer_address", ["workspace", "channel", "seen_at", "id"], unique=False
    )
    for table, column in (("outbox", "account"), ("invitation", "personal")):
        op.add_column(table, sa.Column(column, sqlmodel.AutoString(), nullable=False, server_default=sa.text("''")))
    op.drop_index("outbox_due", table_name="outbox")
    op.create_index("outbox_due", "outbox", ["asks", "due_at", "id"], unique=False)
    op.add_column("invitation", sa.Column("call_id", sqlmodel.AutoString(), nullable=True))
    op.add_column("invitation", sa.Column("call_key", sqlmodel.AutoString(), nullable=True))
    op.create_index("invitation_call_key", "invitation", ["call_key"], unique=True)
    op.create_index("invitation_message", "invitation", ["place_digest", "message"], unique=False)


def downgrade() -> None:
    op.drop_index("invitation_message", table_name="invitation")
    op.drop_index("invitation_call_key", table_name="invitation")
    for column in ("call_key", "call_id", "personal"):
        op.drop_column("invitation", column)
    op.drop_column("outbox", "account")
    op.drop_index("outbox_due", table_name="outbox")
    op.create_index("outbox_due", "outbox", ["due_at", "id"], unique=False)
    op.drop_index("customer_address_seen", table_name="customer_address")
    op.drop_column("customer_address", "seen_at")
    for table in ("bot", "draft", "member_identity"):
        op.drop_table(table)


def _members() -> None:
    op.create_table(
        "member_identity",
        sa.Column("digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("member_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("channel", sqlmodel.AutoString(), nullable=False),
        sa.Column("account", sqlmodel.AutoString(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("locale", sqlmodel.AutoString(), nullable=True),
        sa.Column("menu", sqlmodel.AutoString(), nullable=False),
        sa.Column("bound_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_identity_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_member_identity_workspace")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_member_identity")),
    )
    op.create_index(op.f("ix_member_identity_workspace"), "member_identity", ["workspace"], unique=False)
    op.create_index(op.f("ix_member_identity_member_id"), "member_identity", ["member_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("member_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_draft_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_draft_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_member_id"), "draft", ["member_id"], unique=False)
    op.create_index(op.f("ix_draft_expires_at"), "draft", ["expires_at"], unique=False)


def _bots() -> None:
    op.create_table(
        "bot",
        sa.Column("channel", sqlmodel.AutoString(), nullable=False),
        sa.Column("account", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("username", sqlmodel.AutoString(), nullable=False),
        sa.Column("webhook", sqlmodel.AutoString(), nullable=False),
        sa.Column("leased_by", sqlmodel.AutoString(), nullable=True),
        sa.Column("lease_until", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("paused_until", sqlmodel.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_bot_workspace")),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_bot")),
    )
    op.create_index(op.f("ix_bot_workspace"), "bot", ["workspace"], unique=False)
