"""Order table of a hedge-mode bot that cannot say which leg an order belongs to."""

import enum

from sqlalchemy import CheckConstraint, Column, DateTime, Enum, Index, Numeric, String, func
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


class Order(Base):  # expect: S01@order
    __tablename__ = "orders"  # expect: S01@order
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity_positive"),
        Index("orders_symbol_status", "symbol", "status"),
        Index("orders_created_at", "created_at"),
    )

    client_order_id = Column(String(36), primary_key=True)
    symbol = Column(String(32), nullable=False)
    side = Column(Enum(Side), nullable=False)
    status = Column(Enum(Status), nullable=False)
    quantity = Column(Numeric(38, 18), nullable=False)
    price = Column(Numeric(38, 18))
    created_at = Column(DateTime(timezone=True), server_default=func.now())
