"""The leg's columns come from a mixin."""

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


class LegColumns:
    position_idx: Mapped[int] = mapped_column(sa.SmallInteger)
    reduce_only: Mapped[bool]


class OrderRecord(LegColumns, Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    symbol: Mapped[str] = mapped_column(sa.String(32))
    side: Mapped[Side] = mapped_column(sa.Enum(Side))
    status: Mapped[Status] = mapped_column(sa.Enum(Status))
    quantity: Mapped[Decimal] = mapped_column(sa.Numeric(38, 18))
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="orders_quantity_positive"),
        sa.Index("orders_symbol_status", "symbol", "status"),
        sa.Index("orders_created_at", "created_at"),
    )
