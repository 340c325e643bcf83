"""What v2 and v3 decided on the same tape, read from their databases and exchanges, and compared.

A difference has a kind. Which kinds are intended is not known here: `differences` names all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg

from legacy_v2.exchange import BybitExchange
from tests.builders.aged_tape import CANDLE_MS

__all__ = [
    "Decision",
    "Difference",
    "History",
    "Life",
    "Sent",
    "differences",
    "of_symbol",
    "v2_did",
    "v3_did",
]

V3_REASONS = {"STOP": "stop_loss", "TARGET": "take_profit", "horizon is over": "timeout"}


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


def v2_did(url: str, exchange: BybitExchange) -> History:
    """Read v2's tables, whose naive times are UTC here."""
    decisions = [
        Decision(symbol=symbol, candle_ms=_ms(at), direction=direction, quantity=_plain(quantity))
        for symbol, at, direction, quantity in _rows(
            url,
            "SELECT s.symbol, s.candle_at, s.direction, o.quantity FROM signals s"
            " LEFT JOIN orders o ON o.id = s.order_id ORDER BY s.id",
        )
    ]
    lives = [
        Life(
            symbol=symbol,
            direction={"Buy": "long", "Sell": "short"}[side],
            entered=_plain(size),
            opened_ms=_ms(opened),
            closed_ms=_ms(closed) if closed else None,
            exits=((reason, _plain(size)),) if closed else (),
        )
        for symbol, side, size, opened, closed, reason in _rows(
            url,
            "SELECT p.symbol, p.side, p.size, p.opened_at, p.closed_at, (SELECT min(s.status)"
            " FROM sltp_orders s WHERE s.symbol = p.symbol AND s.closed_at = p.closed_at)"
            " FROM positions p ORDER BY p.id",
        )
    ]
    return History(decisions=tuple(decisions), lives=tuple(lives), orders=_sent(exchange))


def v3_did(url: str, exchange: BybitExchange) -> History:
    """Read v3's tables; a leg's life is the fills between two moments at which it is flat."""
    decisions = [
        Decision(
            symbol=symbol, candle_ms=_ms(at), direction=direction.lower(), quantity=_plain(quantity)
        )
        for symbol, at, direction, quantity in _rows(
            url,
            "SELECT s.symbol, s.event_at, s.direction::text, o.filled_qty FROM signals s"
            " LEFT JOIN orders o USING (account, signal_id) ORDER BY s.event_at, s.symbol",
        )
    ]
    return History(decisions=tuple(decisions), lives=tuple(_legs(url)), orders=_sent(exchange))


def _legs(url: str) -> Iterator[Life]:
    fills = _rows(
        url,
        """
        SELECT f.symbol, f.position_idx, (f.side = 'BUY') = (f.position_idx = 1), f.last_qty,
               f.event_at, o.id,
               coalesce(max(e.note) FILTER (WHERE o.purpose = 'EXIT'), o.purpose::text)
        FROM fills f JOIN orders o USING (account, client_order_id)
        LEFT JOIN order_events e ON e.order_id = o.id AND e.note <> ''
        GROUP BY f.account, f.exchange, f.symbol, f.trade_id, o.id
        ORDER BY f.event_at, f.trade_id
        """,
    )
    open_legs: dict[tuple[str, int], list[Any]] = {}
    for symbol, idx, opens, quantity, at, order, why in fills:
        leg = open_legs.setdefault((symbol, idx), [])
        leg.append((opens, quantity, _ms(at), (order, V3_REASONS.get(why, why))))
        if sum(part if is_entry else -part for is_entry, part, _, _ in leg) == 0:
            yield _life(symbol, idx, open_legs.pop((symbol, idx)), closed_ms=_ms(at))
    for (symbol, idx), leg in open_legs.items():
        yield _life(symbol, idx, leg, closed_ms=None)


def _life(symbol: str, idx: int, leg: list[Any], closed_ms: int | None) -> Life:
    exits: Counter[tuple[object, str]] = Counter()
    for opens, quantity, _, order in leg:
        if not opens:
            exits[order] += quantity
    return Life(
        symbol=symbol,
        direction={1: "long", 2: "short"}[idx],
        entered=_plain(sum((part for opens, part, _, _ in leg if opens), Decimal(0))),
        opened_ms=leg[0][2],
        closed_ms=closed_ms,
        exits=tuple((why, _plain(Decimal(part))) for (_, why), part in exits.items()),
    )


def _sent(exchange: BybitExchange) -> tuple[Sent, ...]:
    """Every order that filled, read page by page from the exchange that saw it."""
    found: list[Sent] = []
    cursor: dict[str, str] = {}
    while True:
        page = exchange._get("/v5/order/history", category="linear", limit=50, **cursor)
        found += [_sent_order(row) for row in page["list"] if row["orderStatus"] == "Filled"]
        if not page["nextPageCursor"]:
            return tuple(found)
        cursor = {"cursor": page["nextPageCursor"]}


def _sent_order(row: dict[str, Any]) -> Sent:
    return Sent(
        symbol=row["symbol"],
        side=row["side"],
        position_idx=row["positionIdx"],
        reduce_only=row["reduceOnly"],
        has_id=bool(row["orderLinkId"]),
        carries_stop=row["stopLoss"] not in ("", "0"),
        rested_there=bool(row["stopOrderType"]),
    )


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
    if old_reasons == ["reverse"]:
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


def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def _ms(at: datetime) -> int:
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000)


def _plain(quantity: float | Decimal | None) -> Any:
    """The decimal that is meant: v2's sums of floats carry noise behind the eighth digit."""
    return None if quantity is None else Decimal(str(round(quantity, 8))).normalize()
