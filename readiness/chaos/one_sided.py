"""How long two exchanges held unequal legs, as a witness sees it that looks now and then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.clock import now_us
from exchange_simulator.wire_protocol import WireProtocol

__all__ = ["LOOK_S", "Stretches"]

LOOK_S = 0.02  # Between two looks, and so the least that a stretch counts as.


@dataclass(slots=True)
class Stretches:
    """How long the two legs of a symbol were unequal at the exchanges themselves, in seconds:
    `done_s` while both could be reached, `blind_s` those parts in which one could not."""

    done_s: list[float] = field(default_factory=list)
    blind_s: list[float] = field(default_factory=list)
    open_us: int = 0
    blind_us: int = 0
    looked_us: int | None = None

    @property
    def are_unequal(self) -> bool:
        """Whether they were at the last look."""
        return self.looked_us is not None

    def look(
        self, protocols: Sequence[WireProtocol], key: str, symbol: str, *, is_blind: bool
    ) -> None:
        """One look at what both exchanges hold, long and short legs of each; `is_blind` while the
        bot has no streams of one of them."""
        held = Decimal(0)
        for protocol in protocols:
            exchange = protocol.exchange
            for index, sign in ((1, 1), (2, -1)):
                held += sign * exchange.leg(exchange.accounts[key], symbol, index).qty
        before_us, self.looked_us = self.looked_us, now_us() if held else None
        if held and before_us is not None:
            passed_us = now_us() - before_us
            self.open_us += 0 if is_blind else passed_us
            self.blind_us += passed_us if is_blind else 0
        elif before_us is not None:
            self.done_s.append(self.open_us / 1e6 + LOOK_S)
            self.blind_s += [self.blind_us / 1e6] if self.blind_us else []
            self.open_us = self.blind_us = 0
