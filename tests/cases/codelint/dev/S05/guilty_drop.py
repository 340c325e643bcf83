"""Drop the old trades.

Revision ID: 7b1c
Revises: 5a0e
"""

import sqlalchemy as sa
from alembic import op

revision = "7b1c"
down_revision = "5a0e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("trades")  # expect: S05
    op.drop_column("orders", "comment")  # expect: S05


def downgrade() -> None:
    op.add_column("orders", sa.Column("comment", sa.Text))
    op.create_table("trades", sa.Column("trade_id", sa.Text, primary_key=True))
