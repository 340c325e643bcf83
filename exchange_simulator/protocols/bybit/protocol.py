"""Bybit as a whole: requests and client frames in, answers and stream frames out, no sockets.

The caller tells the time with `advance`, hands in what clients send, and carries away what waits
in the outboxes. The same calls in the same order give the same bytes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from exchange_simulator.connection import Connection
from exchange_simulator.engine import advance, next_wall_us
from exchange_simulator.faults import FaultPlan, Faults
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import Account, Execution, Leg, Order
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.bybit.disconnects import DISCONNECT_TOPIC, Disconnects
from exchange_simulator.protocols.bybit.fault_words import BybitWords, Frame
from exchange_simulator.protocols.bybit.limits import Limits
from exchange_simulator.protocols.bybit.rest import Rest
from exchange_simulator.protocols.bybit.rows import (
    execution_row,
    order_row,
    position_row,
    wallet_row,
)
from exchange_simulator.protocols.bybit.sockets import PRIVATE_TOPICS, Sockets
from exchange_simulator.protocols.bybit.topics import Topic, open_topic
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["SOCKET_PATHS", "Bybit"]

SOCKET_PATHS = {
    "/v5/public/linear": "public",
    "/v5/private": "private",
    "/v5/trade": "trade",
    "/v5/public/misc/status": "status",
}


_LOOK_EVERY_US = 1_000_000


class Bybit:
    """One exchange speaking Bybit V5; it listens to the exchange and fills the outboxes."""

    name = "bybit"

    def __init__(
        self, exchange: Exchange, *, limits_on: bool = True, plan: FaultPlan | None = None
    ) -> None:
        """Serve an exchange that nobody else listens to, disturbed by a plan if there is one."""
        self.exchange = exchange
        self.limits = Limits(on=limits_on)
        self.rest = Rest(exchange, self.limits)
        self.connections: dict[str, Connection] = {}
        self._sockets = Sockets(
            exchange, self.limits, subscribe=self._subscribe, unsubscribe=self._unsubscribe
        )
        self._topics: dict[str, Topic] = {}
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._by_symbol: dict[str, dict[str, Topic]] = {name: {} for name in exchange.markets}
        self._private: dict[int, dict[Connection, None]] = {}
        self._pending: list[Frame] = []
        self._look_us = 0
        self._disconnects = Disconnects(exchange)
        self.faults = Faults(plan or FaultPlan(), exchange.clock.wall_us, self.name)
        self._injector: Injector[Frame] | None = None
        if plan is not None:
            words = BybitWords(exchange, self._publish)
            self._injector = Injector(exchange, self.faults, self.connections, words)
            self.rest.injector = self._sockets.injector = self._injector
        exchange.listener = self

    def advance(self, wall_us: int) -> None:
        """Let everything happen that is due at a wall time in microseconds."""
        advance(self.exchange, wall_us)
        if wall_us >= self._look_us:
            self._look_us = wall_us + _LOOK_EVERY_US
            self._cut_idle(wall_us)
        self._disconnects.run_due()
        if self._injector is not None:
            self._injector.clock.run_due()

    def _cut_idle(self, wall_us: int) -> None:
        """Close sockets on which nothing passed for too long, neither ping nor data."""
        for connection in list(self.connections.values()):
            if connection.active:
                connection.active, connection.last_active_us = False, wall_us
            elif wall_us - connection.last_active_us >= connection.idle_max_us:
                connection.close()

    def next_wall_us(self) -> int | None:
        """Return when something happens next, or None while nobody is interested."""
        planned = self._injector.clock.next_us() if self._injector is not None else None
        times = (next_wall_us(self.exchange), planned, self._disconnects.next_us())
        return min((time for time in times if time is not None), default=None)

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Reply:
        """Answer a REST request; header names in lower case, target exactly as sent.

        `/simulator/faults` is ours: it lists the faults that really struck, for whoever judges.
        """
        if target == "/simulator/faults":
            return Reply(status=200, body=encode(self.faults.hits))
        return self.rest.handle(
            method=method, target=target, headers=headers, body=body, address=address
        )

    def defect(self, wall_ms: int) -> Reply:
        """Return 10016, which tells nothing of what happened."""
        answer = {"retCode": 10016, "retMsg": "Server error", "result": {}, "retExtInfo": {}}
        return Reply(status=200, body=encode({**answer, "time": wall_ms}))

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a WebSocket on a path, or return None where there is none."""
        kind = SOCKET_PATHS.get(path.partition("?")[0])
        if kind is None or (self._injector is not None and self._injector.clock.closed):
            return None
        connection = Connection(
            connection_id=self.exchange.identifier("connection"),
            kind=kind,
            last_active_us=self.exchange.clock.wall_us,
            idle_max_us=_idle_max_us(path),
            wake=wake,
        )
        self.connections[connection.connection_id] = connection
        return connection

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle a text frame from a client."""
        connection.active = True
        self._sockets.receive(connection, data)

    def disconnect(self, connection: Connection) -> None:
        """Forget a WebSocket that is gone."""
        self._disconnects.went(connection)
        for topic in list(connection.topics):
            self._unsubscribe(connection, topic)
        if connection.account is not None:
            self._private.get(connection.account.account_id, {}).pop(connection, None)
        self.connections.pop(connection.connection_id, None)

    def _subscribe(self, connection: Connection, name: str) -> Callable[[], None] | None:
        if connection.kind == "private":
            return self._subscribe_private(connection, name)
        if connection.kind == "status":
            if name != "system.status":
                return None
            self._listeners.setdefault(name, {})[connection] = None
            connection.topics[name] = None
            return _nothing
        topic = self._topics.get(name)
        if topic is None:
            topic = open_topic(self.exchange, name)
            if topic is None:
                return None
            self._topics[name] = topic
            self._by_symbol[topic.symbol][name] = topic
        self._listeners.setdefault(name, {})[connection] = None
        connection.topics[name] = None
        watched = self.exchange.watched
        watched[topic.symbol] = watched.get(topic.symbol, 0) + 1
        return partial(_send_all, connection, topic)

    def _subscribe_private(self, connection: Connection, name: str) -> Callable[[], None] | None:
        if name not in PRIVATE_TOPICS or connection.account is None:
            return None
        self._private.setdefault(connection.account.account_id, {})[connection] = None
        connection.topics[name] = None
        if name == DISCONNECT_TOPIC:
            self._disconnects.came(connection)
        return _nothing

    def _unsubscribe(self, connection: Connection, name: str) -> None:
        connection.topics.pop(name, None)
        listeners = self._listeners.get(name)
        if listeners is None or connection not in listeners:
            return
        del listeners[connection]
        topic = self._topics.get(name)
        if topic is None:
            return
        self.exchange.watched[topic.symbol] -= 1
        if not listeners:
            del self._topics[name], self._listeners[name], self._by_symbol[topic.symbol][name]

    def _publish(self, name: str, frames: list[bytes]) -> None:
        if frames and self._injector is not None:
            if name.startswith("orderbook."):
                frames = _broken(frames, self._injector.book(name))
            elif name.startswith("tickers.") and self._injector.misses_best(name):
                return
        for connection in self._listeners.get(name, ()):
            if self._silent(connection):
                continue
            for frame in frames:
                connection.send(frame)

    def _silent(self, connection: Connection) -> bool:
        return self._injector is not None and self._injector.clock.silent(connection.kind)

    def market_traded(self, market: SymbolMarket, trade: MarketTrade) -> None:
        """Send what a market step changed to whoever watches the symbol."""
        for name, topic in self._by_symbol[market.instrument.symbol].items():
            self._publish(name, topic.traded(trade))

    def candle_closed(self, market: SymbolMarket, close_ms: int) -> None:
        """Confirm candles that end at this moment."""
        for name, topic in self._by_symbol[market.instrument.symbol].items():
            self._publish(name, topic.closed(close_ms))

    def book_changed(self, market: SymbolMarket) -> None:
        """Send book changes that orders made."""
        for name, topic in self._by_symbol[market.instrument.symbol].items():
            self._publish(name, topic.touched())

    def liquidated(self, liquidation: Liquidation) -> None:
        """Send a forced close."""
        for name, topic in self._by_symbol[liquidation.symbol].items():
            self._publish(name, topic.liquidated(liquidation))

    def order_changed(self, account: Account, order: Order) -> None:
        """Queue an order's state."""
        if self._private.get(account.account_id):
            row = {**order_row(order), "category": "linear"}
            self._pending.append(("order", account.account_id, [row]))

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Queue fills; several of one operation share a message."""
        if self._private.get(account.account_id):
            rows = [{**execution_row(row), "category": "linear"} for row in executions]
            self._pending.append(("execution", account.account_id, rows))

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """Queue a leg's state."""
        if self._private.get(account.account_id):
            row = position_row(self.exchange, account, leg, stream=True)
            self._pending.append(("position", account.account_id, [row]))

    def wallet_changed(self, account: Account) -> None:
        """Queue the wallet."""
        if self._private.get(account.account_id):
            self._pending.append(
                ("wallet", account.account_id, [wallet_row(self.exchange, account)])
            )

    def operation_ended(self) -> None:
        """Send the queued private frames in the order that the rules say."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        pending.sort(key=lambda item: self.exchange.rules.frame_order.index(item[0]))
        if self._injector is not None:
            pending = self._injector.private(pending)
        for kind, account_id, rows in pending:
            self._send_private(kind, account_id, rows)

    def _send_private(self, kind: str, account_id: int, rows: list[dict[str, Any]]) -> None:
        frames: dict[str, bytes] = {}
        for connection in self._private.get(account_id, ()):
            if self._silent(connection):
                continue
            for topic in connection.topics:
                if topic.removesuffix(".linear").removesuffix(".fast") != kind:
                    continue
                if topic not in frames:
                    frames[topic] = self._private_frame(topic, account_id, rows)
                connection.send(frames[topic])

    def _private_frame(self, topic: str, account_id: int, rows: list[dict[str, Any]]) -> bytes:
        exchange = self.exchange
        if topic.startswith("execution.fast"):
            names = (
                *("category", "symbol", "execId", "execPrice", "execQty", "orderId"),
                *("isMaker", "orderLinkId", "side", "execTime", "seq"),
            )
            fast = [{name: row[name] for name in names} for row in rows]
            stamp = exchange.clock.wall_ms
            return encode({"topic": topic, "creationTime": stamp, "data": fast})
        return encode(
            {
                "id": f"{account_id}_{topic}_{exchange.number('frame')}",
                "topic": topic,
                "creationTime": exchange.clock.wall_ms,
                "data": rows,
            }
        )


def _idle_max_us(path: str) -> int:
    """Read `max_active_time=30s..600s` of a socket's query; ten minutes without it."""
    text = dict(parse_qsl(path.partition("?")[2])).get("max_active_time", "")
    number = text.removesuffix("s").removesuffix("m")
    seconds = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 600
    return min(600, max(30, seconds * (60 if text.endswith("m") else 1))) * 1_000_000


def _broken(frames: list[bytes], variant: str) -> list[bytes]:
    """Leave a delta of an order book out, or delete a level that is not there."""
    if variant == "skip":
        return frames[1:]
    if variant == "unknown_level":
        message = decode(frames[0])
        message["data"]["b"].append(["0.01", "0"])
        return [encode(message), *frames[1:]]
    return frames


def _nothing() -> None:
    """Private topics send nothing on subscribing."""


def _send_all(connection: Connection, topic: Topic) -> None:
    for frame in topic.welcome():
        connection.send(frame)
