"""Ledger on SQLAlchemy's asyncio: models, a repository, and an outbox that is read in batches."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
    Numeric,
    SmallInteger,
    String,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

MONEY = Numeric(38, 18)
BATCH_ROWS = 200


class Base(DeclarativeBase):
    pass


class FillSide(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"


class FillRow(Base):
    __tablename__ = "fills"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="fills_quantity_positive"),
        CheckConstraint("price > 0", name="fills_price_positive"),
        CheckConstraint("position_idx IN (1, 2)", name="fills_leg"),
        Index("fills_symbol_leg", "symbol", "position_idx"),
        Index("fills_created_at", "created_at"),
    )

    exec_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_order_id: Mapped[str] = mapped_column(String(36))
    symbol: Mapped[str] = mapped_column(String(32))
    side: Mapped[FillSide]
    position_idx: Mapped[int] = mapped_column(SmallInteger)
    quantity: Mapped[Decimal] = mapped_column(MONEY)
    price: Mapped[Decimal] = mapped_column(MONEY)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class OutboxRow(Base):
    __tablename__ = "outbox"

    outbox_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    body: Mapped[str]
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def engine_of(url: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=4,
        max_overflow=0,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args={"timeout": 5, "command_timeout": 5},
    )


class Ledger:
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def add(self, fill: dict) -> bool:
        """Whether the fill is new; a repeated one changes nothing."""
        statement = insert(FillRow).values(**fill).on_conflict_do_nothing(
            index_elements=[FillRow.exec_id]
        )
        async with self._sessions.begin() as session:
            result = await session.execute(statement)
            if result.rowcount:
                session.add(OutboxRow(topic="fill", body=fill["exec_id"]))
            return bool(result.rowcount)

    async def leg_quantity(self, symbol: str, position_idx: int) -> Decimal:
        signed = func.sum(FillRow.quantity).filter(FillRow.side == FillSide.BUY)
        minus = func.sum(FillRow.quantity).filter(FillRow.side == FillSide.SELL)
        query = select(func.coalesce(signed, 0) - func.coalesce(minus, 0)).where(
            FillRow.symbol == symbol, FillRow.position_idx == position_idx
        )
        async with self._sessions() as session:
            return await session.scalar(query)

    async def unsent(self) -> Sequence[OutboxRow]:
        query = (
            select(OutboxRow)
            .where(OutboxRow.sent_at.is_(None))
            .order_by(OutboxRow.outbox_id)
            .limit(BATCH_ROWS)
        )
        async with self._sessions() as session:
            return (await session.scalars(query)).all()

    async def mark_sent(self, rows: Sequence[OutboxRow]) -> None:
        ids = [row.outbox_id for row in rows]
        statement = (
            update(OutboxRow).where(OutboxRow.outbox_id.in_(ids)).values(sent_at=func.now())
        )
        async with self._sessions.begin() as session:
            await session.execute(statement)


async def relay(ledger: Ledger, publish) -> int:
    """Publish one batch of the outbox; how many rows it held."""
    rows = await ledger.unsent()
    for row in rows:
        await publish(row.topic, row.body)
    if rows:
        await ledger.mark_sent(rows)
    return len(rows)
