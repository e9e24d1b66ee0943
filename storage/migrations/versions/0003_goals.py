"""The owner's goal of a survey.

Revision 0003, after 0002. A column only: on SQLite a table that is made anew would take its children along.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey_version", sa.Column("goal_hundredths", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("survey_version", "goal_hundredths")
