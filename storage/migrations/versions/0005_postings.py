"""What became of a weekly message at each destination.

Revision 0005, after 0004. A table and a column only: on SQLite a table that is made anew would take its children along.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("week", sqlmodel.AutoString(), nullable=False),
        sa.Column("place_digest", sqlmodel.AutoString(), nullable=False),
        sa.Column("destination", sa.LargeBinary(), nullable=False),
        sa.Column("fate", sqlmodel.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.AutoString(), nullable=False),
        sa.Column("since", sqlmodel.UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sqlmodel.UTCDateTime(), nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "fate IN ('on_its_way', 'delivered', 'fell_back', 'undeliverable')", name=op.f("ck_posting_fate_known")
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_posting_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("workspace", "week", "place_digest", name=op.f("uq_posting_workspace_week_place_digest")),
    )
    op.create_index("posting_fate", "posting", ["fate", "since"], unique=False)
    op.create_index(op.f("ix_posting_place_digest"), "posting", ["place_digest"], unique=False)
    op.add_column("outbox", sa.Column("posting_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_outbox_posting_id"), "outbox", ["posting_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_posting_id"), table_name="outbox")
    op.drop_column("outbox", "posting_id")
    op.drop_index(op.f("ix_posting_place_digest"), table_name="posting")
    op.drop_index("posting_fate", table_name="posting")
    op.drop_table("posting")
