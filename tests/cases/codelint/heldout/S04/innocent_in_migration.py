"""Create the orders, with their indexes.

Revision ID: bb01
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "bb01"
down_revision = None

SIDE = sa.Enum("BUY", "SELL", name="order_side")
STATUS = sa.Enum("NEW", "FILLED", "CANCELED", name="order_status")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("client_order_id", sa.Text, primary_key=True),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("side", SIDE, nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("position_idx", sa.SmallInteger, nullable=False),
        sa.Column("reduce_only", sa.Boolean, nullable=False),
        sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name="orders_quantity_positive"),
    )
    op.create_index("orders_symbol_status", "orders", ["symbol", "status"])
    op.create_index("orders_created_at", "orders", ["created_at"])


def downgrade() -> None:
    op.drop_table("orders")
    SIDE.drop(op.get_bind())
    STATUS.drop(op.get_bind())
