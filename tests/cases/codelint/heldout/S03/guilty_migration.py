"""Create the signals.

Revision ID: aa10
Revises: aa09
"""

import sqlalchemy as sa
from alembic import op

revision = "aa10"
down_revision = "aa09"


def upgrade() -> None:
    op.create_table(
        "positions",
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("side", sa.String(length=8), nullable=False),  # expect: S03
    )


def downgrade() -> None:
    op.drop_table("positions")
