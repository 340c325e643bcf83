"""One index stands in the column, the other in the table."""

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity"),
        CheckConstraint("position_idx IN (1, 2)", name="orders_leg"),
        Index("orders_status", "symbol", "status"),
    )

    client_order_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    side: Mapped[Side]
    status: Mapped[Status]
    position_idx: Mapped[int]
    reduce_only: Mapped[bool]
    quantity: Mapped[Decimal]
    created_at: Mapped[datetime] = mapped_column(index=True)
