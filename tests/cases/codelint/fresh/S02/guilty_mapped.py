"""A position whose size may be less than nothing."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, SmallInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Position(Base):  # expect: S02@position
    __tablename__ = "positions"
    __table_args__ = (CheckConstraint("position_idx IN (1, 2)", name="positions_leg"),)

    symbol: Mapped[str] = mapped_column(primary_key=True)
    position_idx: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(38, 18))  # expect: S02@position
