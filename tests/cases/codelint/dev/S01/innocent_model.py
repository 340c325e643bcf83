"""The whole order table."""

import enum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    Index,
    Numeric,
    SmallInteger,
    String,
    func,
)
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="orders_quantity_positive"),
        CheckConstraint("position_idx IN (1, 2)", name="orders_position_idx"),
        Index("orders_symbol_status", "symbol", "status"),
        Index("orders_created_at", "created_at"),
    )

    client_order_id = Column(String(36), primary_key=True)
    symbol = Column(String(32), nullable=False)
    side = Column(Enum(Side), nullable=False)
    status = Column(Enum(Status), nullable=False)
    position_idx = Column(SmallInteger, nullable=False)
    reduce_only = Column(Boolean, nullable=False)
    quantity = Column(Numeric(38, 18), nullable=False)
    price = Column(Numeric(38, 18))
    created_at = Column(DateTime(timezone=True), server_default=func.now())
