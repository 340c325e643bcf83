"""Exposure book: reservations are made before anything is awaited, and given back on failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

import attrs


class LimitError(Exception):
    """An order would exceed a limit; nothing was reserved."""


@attrs.frozen(kw_only=True)
class Limits:
    order_notional_max: Decimal
    symbol_notional_max: Decimal
    total_notional_max: Decimal

    def __attrs_post_init__(self) -> None:
        for name, value in attrs.asdict(self).items():
            if value <= 0:
                raise ValueError(f"limit {name} is {value}: expected more than 0")


@dataclass(frozen=True, slots=True)
class LegKey:
    symbol: str
    position_idx: int


@dataclass(slots=True)
class Usage:
    reserved: Decimal = Decimal(0)
    filled: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.reserved + self.filled


@dataclass
class RiskBook:
    limits: Limits
    _usage: dict[LegKey, Usage] = field(default_factory=dict)

    def usage(self) -> Mapping[LegKey, Usage]:
        return MappingProxyType(self._usage)

    def symbol_total(self, symbol: str) -> Decimal:
        rows = (usage.total for key, usage in self._usage.items() if key.symbol == symbol)
        return sum(rows, Decimal(0))

    def total(self) -> Decimal:
        return sum((usage.total for usage in self._usage.values()), Decimal(0))

    def check(self, key: LegKey, notional: Decimal) -> None:
        limits = self.limits
        for name, after, limit in (
            ("order", notional, limits.order_notional_max),
            ("symbol", self.symbol_total(key.symbol) + notional, limits.symbol_notional_max),
            ("total", self.total() + notional, limits.total_notional_max),
        ):
            if after > limit:
                raise LimitError(f"{key.symbol}: {name} notional {after} exceeds {limit}")

    def reserve(self, key: LegKey, notional: Decimal) -> None:
        self.check(key, notional)
        self._usage.setdefault(key, Usage()).reserved += notional

    def give_back(self, key: LegKey, notional: Decimal) -> None:
        self._usage[key].reserved -= notional

    def fill(self, key: LegKey, notional: Decimal) -> None:
        usage = self._usage[key]
        usage.reserved -= notional
        usage.filled += notional

    @asynccontextmanager
    async def reserved(self, key: LegKey, notional: Decimal) -> AsyncIterator[None]:
        """Hold a reservation; it is given back when the block fails."""
        self.reserve(key, notional)
        try:
            yield
        except BaseException:
            self.give_back(key, notional)
            raise
        self.fill(key, notional)


class Desk:
    def __init__(self, book: RiskBook, client) -> None:
        self._book = book
        self._client = client

    async def enter(self, intent) -> object:
        key = LegKey(intent.symbol, intent.position_idx)
        async with self._book.reserved(key, intent.quantity * intent.price):
            async with asyncio.timeout(3):
                return await self._client.place_order(
                    symbol=intent.symbol,
                    side=intent.side,
                    order_type="Limit",
                    price=intent.price,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    client_order_id=intent.client_order_id,
                    reduce_only=False,
                )
