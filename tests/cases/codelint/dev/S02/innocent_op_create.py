"""Create the fills.

Revision ID: f1
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "f1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "fills",
        sa.Column("exec_id", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
        sa.CheckConstraint("quantity > 0", name="fills_quantity_positive"),
    )


def downgrade() -> None:
    op.drop_table("fills")
