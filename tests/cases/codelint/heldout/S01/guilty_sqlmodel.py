"""Orders with a reduce-only flag, and no leg."""

import datetime as dt
import enum
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Side(enum.StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.StrEnum):
    NEW = "NEW"
    FILLED = "FILLED"


class Base(DeclarativeBase):
    pass


class OrderRecord(Base):  # expect: S01@order
    __tablename__ = "orders"  # expect: S01@order

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    symbol: Mapped[str] = mapped_column(sa.String(32), index=True)
    side: Mapped[Side] = mapped_column(sa.Enum(Side))
    status: Mapped[Status] = mapped_column(sa.Enum(Status))
    reduce_only: Mapped[bool]
    quantity: Mapped[Decimal] = mapped_column(sa.Numeric(38, 18))
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True), index=True)

    __table_args__ = (
        sa.CheckConstraint("quantity > 0"),
        sa.Index("orders_symbol_status", "symbol", "status"),
    )
