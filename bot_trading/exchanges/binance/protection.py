"""Which protective orders should rest for a leg, as pure arithmetic over those that do.

Binance has no protection of a position: a stop loss or take profit is an order of its own, with a
quantity of its own. In hedge mode such an order can only close its leg, never turn it round, so
that a new one may rest for a moment beside the one that it replaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.reports import StopKind

__all__ = ["Change", "Entry", "Stop", "covering_price", "exactly", "follow", "nearest_first"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A protective order of ours that rests; `seen_at` counts what this client has seen, and
    `told_us` is when it was first told of, by this clock."""

    client_id: str
    leg_id: LegId
    kind: StopKind
    trigger: Decimal
    quantity: Decimal
    seen_at: int = 0
    told_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order that opens or grows a leg and may still fill; `stop_ids` were placed before it.

    `is_heard`: the exchange itself told of it, so that only the exchange can end it. `ended_at`
    counts, as `Stop.seen_at` does, when it ended with fills that its leg was not told with yet,
    and `ended_us` tells it by this clock. `seen_at` counts when it was told of last.
    """

    client_order_id: str
    leg_id: LegId
    stop_ids: frozenset[str]
    ts_sent_ms: int
    filled_qty: Decimal = ZERO
    ts_filled_ms: int = 0
    is_heard: bool = False
    ended_at: int | None = None
    ended_us: int = 0
    seen_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Orders to place, as trigger price and quantity, and then orders to cancel."""

    place: tuple[tuple[Decimal, Decimal], ...] = ()
    cancel: tuple[Stop, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when everything is as it should be."""
        return not self.place and not self.cancel


def nearest_first(stops: Iterable[Stop]) -> list[Stop]:
    """Stops of one leg and kind, the one that the price reaches first at the head."""
    return sorted(stops, key=_distance)


def covering_price(stops: Iterable[Stop], held: Decimal) -> Decimal | None:
    """The price at which the whole leg is closed, or None when the stops do not reach so far.

    With several prices it is the farthest that is needed: nothing better is promised.
    """
    covered = ZERO
    for stop in nearest_first(stops):
        covered += stop.quantity
        if 0 < held <= covered:
            return stop.trigger
    return None


def follow(need: Decimal, stops: Sequence[Stop]) -> Change:
    """Let the quantity follow the leg: what is too much goes, the farthest first.

    What is missing is added at the farthest price that rests; without one there is nothing to add.
    """
    left, keep = need, []
    for stop in nearest_first(stops):
        if stop.quantity <= left:
            keep.append(stop)
            left -= stop.quantity
            continue
        gone = tuple(each for each in stops if each not in keep)
        cut = ((stop.trigger, left),) if left > 0 else ()
        return Change(place=cut, cancel=gone)
    if left > 0 and keep:
        return Change(place=((keep[-1].trigger, left),))
    return Change()


def exactly(need: Decimal, price: Decimal | None, stops: Sequence[Stop]) -> Change:
    """Make one order of this price and quantity rest, or none without a price."""
    if price is None or need <= 0:
        return Change(cancel=tuple(stops))
    fitting = [stop for stop in stops if (stop.trigger, stop.quantity) == (price, need)]
    others = tuple(stop for stop in stops if stop not in fitting[:1])
    return Change(place=() if fitting else ((price, need),), cancel=others)


def heard(entry: Entry, filled_qty: Decimal, ts_ms: int) -> Entry:
    """The entry after a report of the exchange; quantities only grow."""
    if filled_qty <= entry.filled_qty:
        return replace(entry, is_heard=True)
    return replace(entry, filled_qty=filled_qty, ts_filled_ms=ts_ms, is_heard=True)


def _distance(stop: Stop) -> tuple[Decimal, str]:
    falls = stop.leg_id.is_long is (stop.kind is StopKind.STOP_LOSS)
    return (-stop.trigger if falls else stop.trigger, stop.client_id)
