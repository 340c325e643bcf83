"""Enum columns, and text held by a CHECK."""

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Enum, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity_positive"),
        CheckConstraint("status IN ('NEW', 'FILLED', 'CANCELED')", name="orders_status"),
        Index("orders_symbol_status", "symbol", "status"),
        Index("orders_created_at", "created_at"),
    )

    client_order_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    symbol: Mapped[str] = mapped_column(String(32))
    side: Mapped[Side] = mapped_column(Enum(Side))
    status: Mapped[str] = mapped_column(String(20))
    position_idx: Mapped[int]
    reduce_only: Mapped[bool]
    quantity: Mapped[Decimal]
    created_at: Mapped[datetime]
