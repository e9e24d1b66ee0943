"""Low-score cases, the messages that show them, and when each place was last told of some.

Revision 0006, after 0005. Three tables.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "low_case",
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.AutoString(), nullable=False),
        sa.Column("opened_at", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("news_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("heard", sa.JSON(), nullable=False),
        sa.Column("told_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("member_id", sqlmodel.AutoString(), nullable=True),
        sa.Column("since", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("sentence", sa.LargeBinary(), nullable=True),
        sa.Column("told", sqlmodel.AutoString(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'taken', 'done')", name=op.f("ck_low_case_state_known")),
        sa.CheckConstraint("told IN ('nothing', 'sending', 'told', 'failed')", name=op.f("ck_low_case_told_known")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_low_case_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_low_case_member_id")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_low_case_workspace")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_low_case")),
    )
    op.create_index("low_case_unfinished", "low_case", ["workspace", "state", "opened_at"], unique=False)
    op.create_index(op.f("ix_low_case_news_at"), "low_case", ["news_at"], unique=False)
    op.create_table(
        "case_message",
        sa.Column("invitation_id", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("message", sqlmodel.AutoString(), nullable=False),
        sa.Column("locale", sqlmodel.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["low_case.invitation_id"],
            name=op.f("fk_case_message_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation_id", "place_digest", name=op.f("pk_case_message")),
    )
    op.create_table(
        "case_notice",
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_case_notice_workspace")),
        sa.PrimaryKeyConstraint("workspace", "place_digest", name=op.f("pk_case_notice")),
    )


def downgrade() -> None:
    op.drop_table("case_notice")
    op.drop_table("case_message")
    op.drop_index(op.f("ix_low_case_news_at"), table_name="low_case")
    op.drop_index("low_case_unfinished", table_name="low_case")
    op.drop_table("low_case")
