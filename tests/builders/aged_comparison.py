"""What v2 and v3 decided on the same tape, read from their databases and exchanges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg

from legacy_v2.exchange import BybitExchange
from readiness.compatibility.histories import Decision, History, Life, Sent

__all__ = ["v2_did", "v3_did"]

V3_REASONS = {"STOP": "stop_loss", "TARGET": "take_profit", "horizon is over": "timeout"}


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
        GROUP BY f.account, f.exchange, f.symbol, f.trade_id, f.side, o.id
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


def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def _ms(at: datetime) -> int:
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000)


def _plain(quantity: float | Decimal | None) -> Any:
    """The decimal that is meant: v2's sums of floats carry noise behind the eighth digit."""
    return None if quantity is None else Decimal(str(round(quantity, 8))).normalize()
