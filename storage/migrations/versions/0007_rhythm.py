"""How often a workspace's message comes, and since when.

Revision 0007, after 0006. A table only.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rhythm",
        sa.Column("workspace", sqlmodel.AutoString(), nullable=False),
        sa.Column("every", sqlmodel.AutoString(), nullable=False),
        sa.Column("since", sqlmodel.UTCDateTime(), nullable=False),
        sa.CheckConstraint("every IN ('day', 'week', 'month', 'off')", name=op.f("ck_rhythm_every_known")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.name"], name=op.f("fk_rhythm_workspace")),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_rhythm")),
    )


def downgrade() -> None:
    op.drop_table("rhythm")
