"""What open legs are worth and have gained at valuation prices, kept as sums.

A fill or a price marks what it changed; who asks has only that valued anew. Proven equal to the
sum over all legs by a property test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.position import PositionLeg
from bot_trading.market.prices import valuation_price
from bot_trading.portfolio.legs import unrealized_pnl
from bot_trading.risk.exposure import Exposure

__all__ = ["Valuation"]

_ZERO = Decimal(0)


@dataclass(slots=True)
class Valuation:
    """The open legs of one account. `quotes` are the core's own, read when a value is asked for.

    A leg whose instrument has no price yet is worth what it cost and has gained nothing.
    """

    quotes: Mapping[InstrumentId, Quote]
    open: dict[LegId, PositionLeg] = field(default_factory=dict)
    _exposure: Exposure = field(default_factory=Exposure)
    _gains: dict[str, Decimal] = field(default_factory=dict)
    _worth: dict[LegId, tuple[Decimal, Decimal]] = field(default_factory=dict)
    _legs_of: dict[InstrumentId, set[LegId]] = field(default_factory=dict)
    _stale: set[LegId] = field(default_factory=set)

    def leg_changed(self, leg: PositionLeg) -> None:
        """Take in a leg as it now stands."""
        leg_id = leg.leg_id
        legs = self._legs_of.setdefault(leg_id.instrument_id, set())
        if leg.quantity:
            self.open[leg_id] = leg
            legs.add(leg_id)
        else:
            self.open.pop(leg_id, None)
            legs.discard(leg_id)
        self._stale.add(leg_id)

    def price_changed(self, instrument_id: InstrumentId) -> None:
        """The legs of an instrument are worth something else now."""
        legs = self._legs_of.get(instrument_id)
        if legs:
            self._stale |= legs

    def exposure(self) -> Exposure:
        """Notionals of all open legs."""
        self._value()
        return self._exposure

    def gain(self, exchange: str) -> Decimal:
        """Unrealised P&L of the open legs on an exchange."""
        self._value()
        return self._gains.get(exchange, _ZERO)

    def _value(self) -> None:
        """Value what changed since it was asked last."""
        while self._stale:
            leg_id = self._stale.pop()
            worth, gain = self._worth.pop(leg_id, (_ZERO, _ZERO))
            leg = self.open.get(leg_id)
            if leg is not None:
                now = self._worth[leg_id] = self._worth_of(leg)
                worth, gain = now[0] - worth, now[1] - gain
            else:
                worth, gain = -worth, -gain
            self._exposure.move(leg_id, worth)
            self._gains[leg_id.exchange] = self._gains.get(leg_id.exchange, _ZERO) + gain

    def _worth_of(self, leg: PositionLeg) -> tuple[Decimal, Decimal]:
        quote = self.quotes.get(leg.leg_id.instrument_id)
        price = valuation_price(quote) if quote is not None else None
        if price is None:
            return leg.entry_value, _ZERO
        return leg.quantity * price, unrealized_pnl(leg, price)
