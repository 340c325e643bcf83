"""Indexes as table arguments after the fact, and as a column flag."""

import enum

import sqlalchemy as sa

metadata = sa.MetaData()


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


orders = sa.Table(
    "orders",
    metadata,
    sa.Column("client_order_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("side", sa.Enum(Side), nullable=False),
    sa.Column("status", sa.Enum(Status), nullable=False),
    sa.Column("position_idx", sa.SmallInteger, nullable=False),
    sa.Column("reduce_only", sa.Boolean, nullable=False),
    sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.CheckConstraint("quantity > 0", name="orders_quantity_positive"),
)
sa.Index("orders_symbol_status", orders.c.symbol, orders.c.status)
