"""SQLAlchemy 2 model of a hedge-mode bot: no leg, no reduce-only."""

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


class OrderRow(Base):  # expect: S01@orders
    __tablename__ = "orders"  # expect: S01@orders
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity"),
        Index("orders_symbol_created", "symbol", "created_at"),
        Index("orders_created", "created_at"),
    )

    client_order_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    side: Mapped[Side]
    quantity: Mapped[Decimal]
    created_at: Mapped[datetime]
