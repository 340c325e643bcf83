"""Notionals of legs with the sums that limits are stated in, moved with each change."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx

__all__ = ["Exposure"]

_ZERO = Decimal(0)
Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Exposure:
    """Quote coin by leg, instrument, symbol, direction on an exchange, exchange, and in total.

    Each change moves every sum that it belongs to, so that asking costs the same however many legs
    there are. Products of quantities and prices on their grids are exact, so the sums are, too.
    """

    total: Decimal = _ZERO
    _legs: dict[LegId, Decimal] = field(default_factory=dict)
    _positions: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    _symbols: dict[str, Decimal] = field(default_factory=dict)
    _sides: dict[tuple[str, PositionIdx], Decimal] = field(default_factory=dict)
    _exchanges: dict[str, Decimal] = field(default_factory=dict)

    def move(self, leg_id: LegId, change: Decimal) -> None:
        """Add `change`, below zero to take away."""
        exchange, symbol, side = leg_id
        self.total += change
        _add(self._legs, leg_id, change)
        _add(self._positions, (exchange, symbol), change)
        _add(self._symbols, symbol, change)
        _add(self._sides, (exchange, side), change)
        _add(self._exchanges, exchange, change)

    @property
    def legs(self) -> Mapping[LegId, Decimal]:
        """Every leg that ever had a notional."""
        return self._legs

    def of_leg(self, leg_id: LegId) -> Decimal:
        """One leg."""
        return self._legs.get(leg_id, _ZERO)

    def of_position(self, instrument_id: InstrumentId) -> Decimal:
        """Both legs of an instrument."""
        return self._positions.get(instrument_id, _ZERO)

    def of_symbol(self, symbol: str) -> Decimal:
        """A symbol on all exchanges."""
        return self._symbols.get(symbol, _ZERO)

    def of_symbols(self, symbols: Iterable[str]) -> Decimal:
        """These symbols on all exchanges."""
        found, total = self._symbols, _ZERO
        for symbol in symbols:
            if symbol in found:
                total += found[symbol]
        return total

    def of_side(self, exchange: str, side: PositionIdx) -> Decimal:
        """All legs of a direction on an exchange."""
        return self._sides.get((exchange, side), _ZERO)

    def of_exchange(self, exchange: str) -> Decimal:
        """All legs on an exchange."""
        return self._exchanges.get(exchange, _ZERO)


def _add(sums: dict[Key, Decimal], key: Key, change: Decimal) -> None:
    sums[key] = sums.get(key, _ZERO) + change
