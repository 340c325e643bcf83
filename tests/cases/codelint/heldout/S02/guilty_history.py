"""Partial take-profit history without a check of its quantity."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class PartialTpHistory(Base):  # expect: S02@tp
    __tablename__ = "partial_tp_history"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    symbol: Mapped[str] = mapped_column(sa.String(32))
    position_idx: Mapped[int] = mapped_column(sa.SmallInteger)
    quantity: Mapped[Decimal] = mapped_column(sa.Numeric(38, 18))  # expect: S02@tp
    executed_at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
