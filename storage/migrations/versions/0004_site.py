"""Where a platform's own pages of a team are, so that its messages can be linked to.

Revision 0004, after 0003. A column only: on SQLite a table that is made anew would take its children along.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bot", sa.Column("site", sqlmodel.AutoString(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    op.drop_column("bot", "site")
