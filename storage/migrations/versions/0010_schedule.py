"""At what local time a workspace's message comes, and since when: a late one names no downtime that there was not.

Revision 0010, after 0009. Columns only.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rhythm", sa.Column("schedule", sqlmodel.AutoString(), nullable=True))
    op.add_column("rhythm", sa.Column("scheduled", sqlmodel.UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("rhythm", "scheduled")
    op.drop_column("rhythm", "schedule")
