"""The check comes in the next statement of the same migration.

Revision ID: g2
Revises: g1
"""

import sqlalchemy as sa
from alembic import op

revision = "g2"
down_revision = "g1"


def upgrade() -> None:
    op.create_table(
        "fills",
        sa.Column("exec_id", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
    )
    op.create_check_constraint("fills_quantity_positive", "fills", "quantity > 0")


def downgrade() -> None:
    op.drop_table("fills")
