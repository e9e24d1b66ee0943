"""Answers that were changed after they were given, by day: the weekly message tells how many changed their score.

Revision 0009, after 0008. An index only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moved = sa.text("changed_at > first_at")
    op.create_index(
        "response_moved",
        "response",
        ["workspace", "day", "changed_at"],
        unique=False,
        sqlite_where=moved,
        postgresql_where=moved,
    )


def downgrade() -> None:
    op.drop_index("response_moved", table_name="response")
