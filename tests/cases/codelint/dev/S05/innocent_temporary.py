"""Fill a column by way of a temporary table.

Revision ID: 91aa
Revises: 7b1c
"""

from alembic import op

revision = "91aa"
down_revision = "7b1c"


def upgrade() -> None:
    op.execute("CREATE TEMPORARY TABLE leg_of AS SELECT order_id, position_idx FROM fills")
    op.execute(
        "UPDATE orders SET position_idx = leg_of.position_idx "
        "FROM leg_of WHERE leg_of.order_id = orders.order_id"
    )
    op.execute("DROP TABLE leg_of")


def downgrade() -> None:
    op.execute("UPDATE orders SET position_idx = NULL")
