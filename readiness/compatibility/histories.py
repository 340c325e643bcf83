"""What two bots did on the same tape, as values, and every way in which the two differ.

A difference has a kind. Which kinds are intended is not known here: `differences` names all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from readiness.compatibility.tape import CANDLE_MS

__all__ = ["Decision", "Difference", "History", "Life", "Sent", "differences", "of_symbol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A signal on a candle, and the quantity that was entered on it; None where it was denied."""

    symbol: str
    candle_ms: int
    direction: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A position or leg from its first entry until it was flat.

    `exits` are reason and quantity of each closing order; without `closed_ms` it is still open.
    """

    symbol: str
    direction: str
    entered: Decimal
    opened_ms: int
    closed_ms: int | None
    exits: tuple[tuple[str, Decimal], ...]

    @property
    def name(self) -> str:
        """Symbol, direction, and the minute of the market in which it opened."""
        opened = datetime.fromtimestamp(self.opened_ms // 1_000, UTC)
        return f"{self.symbol} {self.direction} of {opened:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An order that filled, as its exchange lists it."""

    symbol: str
    side: str
    position_idx: int
    reduce_only: bool
    has_id: bool
    carries_stop: bool
    rested_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that one bot did."""

    decisions: tuple[Decision, ...]
    lives: tuple[Life, ...]
    orders: tuple[Sent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where v3 did something else than v2."""

    kind: str
    what: str


def of_symbol(history: History, symbol: str) -> History:
    """What a bot did on one symbol."""
    return History(
        decisions=tuple(one for one in history.decisions if one.symbol == symbol),
        lives=tuple(one for one in history.lives if one.symbol == symbol),
        orders=tuple(one for one in history.orders if one.symbol == symbol),
    )


def differences(v2: History, v3: History) -> list[Difference]:
    """Everything that v3 did otherwise than v2, whether it was meant to or not."""
    return [
        *_other_decisions(v2, v3),
        *_other_lives(v2, v3),
        *(found for order in v2.orders for found in _unlike_v2(order)),
        *(found for order in v3.orders for found in _unlike_plain(order)),
    ]


def _other_decisions(v2: History, v3: History) -> Iterator[Difference]:
    ours, theirs = (
        {(one.symbol, one.candle_ms): one for one in history.decisions} for history in (v3, v2)
    )
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            yield Difference(kind="decision", what=f"v2 {theirs.get(key)}, v3 {ours.get(key)}")
    for history, name in ((v2, "v2"), (v3, "v3")):
        if len({(one.symbol, one.candle_ms) for one in history.decisions}) < len(history.decisions):
            yield Difference(kind="decision", what=f"{name} decided twice on one candle")


def _other_lives(v2: History, v3: History) -> Iterator[Difference]:
    ours, theirs = (
        {(one.symbol, one.direction, one.opened_ms // CANDLE_MS): one for one in history.lives}
        for history in (v3, v2)
    )
    for key in sorted(ours.keys() | theirs.keys()):
        old, new = theirs.get(key), ours.get(key)
        if old is None or new is None:
            yield Difference(kind="life", what=f"v2 {old}, v3 {new}")
        else:
            yield from _other_life(old, new)


def _other_life(old: Life, new: Life) -> Iterator[Difference]:
    if old.entered != new.entered:
        yield Difference(kind="life", what=f"{old.name}: {old.entered} and {new.entered}")
    old_reasons, new_reasons = ([why for why, _ in life.exits] for life in (old, new))
    if old_reasons == ["reverse"] != new_reasons:
        yield Difference(kind="legs", what=f"{old.name}: v2 reversed, v3 {new_reasons}")
        return
    if len(new_reasons) > 1 and new_reasons[0] == "take_profit" == old_reasons[-1]:
        yield Difference(kind="ladder", what=f"{old.name}: {new.exits}")
        return
    if old_reasons != new_reasons:
        yield Difference(kind="exit", what=f"{old.name}: v2 {old_reasons}, v3 {new_reasons}")
        return
    if old.closed_ms != new.closed_ms and old.closed_ms and new.closed_ms:
        apart_ms = old.closed_ms - new.closed_ms
        # v2 looks once in a poll, and reads the time from the last closed candle.
        kind = "exit_time" if abs(apart_ms) < 2 * CANDLE_MS else "exit"
        yield Difference(kind=kind, what=f"{old.name}: v2 {apart_ms} ms of the market later")


def _unlike_v2(order: Sent) -> Iterator[Difference]:
    """v2 knows plain market orders without a leg, a flag, an id or a stop."""
    is_plain = not (order.reduce_only or order.has_id or order.carries_stop or order.rested_there)
    if order.position_idx != 0 or not is_plain:
        yield Difference(kind="v2_order", what=str(order))


def _unlike_plain(order: Sent) -> Iterator[Difference]:
    """What a v3 order has that no v2 order has; without any part of it, it is a wrong order."""
    opens = (order.side == "Buy") == (order.position_idx == 1)
    if order.position_idx not in (1, 2):
        yield Difference(kind="v3_order", what=f"no leg: {order}")
        return
    yield Difference(kind="position_idx", what=str(order))
    if opens and order.carries_stop and order.has_id and not order.reduce_only:
        yield Difference(kind="client_order_id", what=str(order))
        yield Difference(kind="stop_on_exchange", what=str(order))
    elif not opens and order.reduce_only and (order.has_id or order.rested_there):
        yield Difference(kind="reduce_only", what=str(order))
    else:
        yield Difference(kind="v3_order", what=str(order))
