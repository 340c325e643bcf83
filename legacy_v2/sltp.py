"""v2's stop loss and take profit: prices kept in its own memory and compared at each poll.

Nothing rests on the exchange. When a price is crossed, or time is up, the whole position is closed
by a plain market order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from legacy_v2.orders import Instrument

__all__ = ["Stop", "StopRules", "stop_for", "why_close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRules:
    """Distances in percent of the entry price, and how long a position may last."""

    stop_loss_percent: float = 0.6
    take_profit_percent: float = 0.9
    horizon: timedelta = field(default=timedelta(seconds=900))


@dataclass(slots=True, kw_only=True)
class Stop:
    """What guards a position since `opened_at`."""

    side: str
    stop_loss: float
    take_profit: float
    opened_at: datetime


def stop_for(
    rules: StopRules,
    instrument: Instrument,
    side: str,
    price: float,
    opened_at: datetime,
    held: Stop | None,
) -> Stop:
    """The stop of an entry at `price`; one that is held already keeps its target and its time,
    and its stop price where that is the tighter one."""
    sign = 1 if side == "Buy" else -1
    stop_loss = instrument.round_price(price * (1 - sign * rules.stop_loss_percent / 100))
    take_profit = instrument.round_price(price * (1 + sign * rules.take_profit_percent / 100))
    if held is None:
        return Stop(side=side, stop_loss=stop_loss, take_profit=take_profit, opened_at=opened_at)
    tighter = max if side == "Buy" else min
    return Stop(
        side=side,
        stop_loss=tighter(stop_loss, held.stop_loss),
        take_profit=held.take_profit,
        opened_at=held.opened_at,
    )


def why_close(rules: StopRules, stop: Stop, price: float, now: datetime) -> str | None:
    """Why the position must be closed at this price and time of the market, or None."""
    sign = 1 if stop.side == "Buy" else -1
    if sign * (price - stop.stop_loss) <= 0:
        return "stop_loss"
    if sign * (price - stop.take_profit) >= 0:
        return "take_profit"
    return "timeout" if now - stop.opened_at >= rules.horizon else None
