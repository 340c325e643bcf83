"""Rules on what the exchange knew: legs without a stop, and orders that rest for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from readiness.wire.words import Fate, Resting, State, Traffic

__all__ = ["orphans", "unprotected"]

PROTECTED_WITHIN_US = 2_000_000  # A stop that is asked for with the fill is there well before.
ORPHAN_AFTER_US = 10_000_000
SETTLED_WITHIN_US = 15_000_000  # An order that is nowhere is held to be so after ten or so.
Windows = Sequence[tuple[int, int]]


def unprotected(traffic: Traffic) -> Iterator[str]:
    """Legs that no stop covers wholly for longer than it takes to send one.

    A bot's own death counts: stops are there for it. An exchange's own does not.
    """
    bare: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for state, until_us in _with_ends(traffic):
        now = {(leg.symbol, leg.leg): leg for leg in state.legs if leg.covered < leg.qty}
        for key in [key for key in bare if key not in now]:
            del bare[key]
        for key, leg in now.items():
            since_us, _ = bare.setdefault(key, (state.ts_us, leg.qty))
            bare[key] = since_us, leg.qty
            began = _lasted_us(since_us, state.ts_us, traffic.down_us)
            lasted = _lasted_us(since_us, until_us, traffic.down_us)
            if began <= PROTECTED_WITHIN_US < lasted:
                held = f"the {key[1]} leg of {key[0]} held {leg.qty}"
                yield f"{held} for more than {PROTECTED_WITHIN_US / 1e6:.0f} s without a stop"


def orphans(traffic: Traffic) -> Iterator[str]:
    """Closing orders that rest while their leg is flat and nothing is there to open it.

    While the bot is dead nobody can cancel them. After an entry that the exchange did not plainly
    accept the leg may still fill, and its stop must wait until that is settled.
    """
    idle: dict[str, int] = {}
    doubts = _doubts(traffic)
    for state, until_us in _with_ends(traffic):
        found = {order.order_id: order for order in _idle(state)}
        for order_id in [one for one in idle if one not in found]:
            del idle[order_id]
        for order_id, order in found.items():
            since_us = idle.setdefault(order_id, state.ts_us)
            doubt = doubts.get((order.symbol, order.leg), [])
            windows = _joined([*traffic.down_us, *traffic.away_us, *doubt])
            began = _lasted_us(since_us, state.ts_us, windows)
            if began <= ORPHAN_AFTER_US < _lasted_us(since_us, until_us, windows):
                named = order.name or "an order"
                yield f"{named} rests on the flat {order.leg} leg of {order.symbol}"


def _doubts(traffic: Traffic) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """When it may still be unknown, by leg, whether an entry is there."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for command in traffic.commands:
        if command.enters and command.fate is not Fate.ACCEPTED:
            window = (command.ts_us, command.ts_us + SETTLED_WITHIN_US)
            found.setdefault((command.symbol, command.leg or "net"), []).append(window)
    return found


def _joined(windows: Windows) -> list[tuple[int, int]]:
    """The same time, in windows that do not overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _idle(state: State) -> Iterator[Resting]:
    held = {(leg.symbol, leg.leg) for leg in state.legs}
    opening = {(order.symbol, order.leg) for order in state.orders if not order.closes}
    for order in state.orders:
        if order.closes and (order.symbol, order.leg) not in held | opening:
            yield order


def _with_ends(traffic: Traffic) -> Iterator[tuple[State, int]]:
    """Every state with the moment at which it ended."""
    states = traffic.states
    ends = [state.ts_us for state in states[1:]] + [traffic.ended_us]
    return zip(states, ends, strict=False)


def _lasted_us(since_us: int, until_us: int, without: Windows) -> int:
    """How long it was, without the time of these windows."""
    outside = sum(max(0, min(until_us, end) - max(since_us, start)) for start, end in without)
    return until_us - since_us - outside
