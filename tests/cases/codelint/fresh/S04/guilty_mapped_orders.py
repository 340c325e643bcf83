"""All columns are there; every look-up reads the whole table."""

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


class Order(Base):  # expect: S04@orders
    __tablename__ = "orders"  # expect: S04@orders
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity"),
        CheckConstraint("position_idx IN (1, 2)", name="orders_leg"),
    )

    client_order_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    side: Mapped[Side]
    status: Mapped[Status]
    position_idx: Mapped[int]
    reduce_only: Mapped[bool]
    quantity: Mapped[Decimal]
    created_at: Mapped[datetime]
