"""One of the two indexes is missing."""

import enum

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class Status(enum.Enum):
    NEW = "NEW"
    FILLED = "FILLED"


class Order(Base):  # expect: S04@order
    __tablename__ = "orders"  # expect: S04@order
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="orders_quantity_positive"),
        sa.Index("orders_created_at", "created_at"),
    )

    client_order_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    symbol: Mapped[str] = mapped_column(sa.Text)
    side: Mapped[Side] = mapped_column(sa.Enum(Side))
    status: Mapped[Status] = mapped_column(sa.Enum(Status))
    position_idx: Mapped[int] = mapped_column(sa.SmallInteger)
    reduce_only: Mapped[bool] = mapped_column(sa.Boolean)
    quantity = mapped_column(sa.Numeric(38, 18), nullable=False)
    created_at = mapped_column(sa.DateTime(timezone=True), nullable=False)
