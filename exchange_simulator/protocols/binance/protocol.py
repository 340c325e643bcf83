"""Binance USDⓈ-M as a whole: requests and client frames in, answers and stream frames out.

The caller tells the time with `advance`, hands in what clients send, and carries away what waits
in the outboxes. The same calls in the same order give the same bytes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.engine import advance, next_wall_us
from exchange_simulator.faults import FaultPlan, Faults
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import Account, Execution, Leg, Order
from exchange_simulator.protocols.answers import Reply, encode
from exchange_simulator.protocols.binance.fault_words import BinanceWords, Frame
from exchange_simulator.protocols.binance.ledger import Ledger, binance_rules
from exchange_simulator.protocols.binance.limits import Limits
from exchange_simulator.protocols.binance.listen_keys import ListenKeys
from exchange_simulator.protocols.binance.rest import Rest
from exchange_simulator.protocols.binance.sockets import Sockets, socket_of
from exchange_simulator.protocols.binance.streams import Stream, open_stream
from exchange_simulator.protocols.binance.user_events import UserEvents
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["Binance"]

_ALL_SYMBOLS = {
    "!markPrice@arr": "markPrice",
    "!markPrice@arr@1s": "markPrice@1s",
    "!ticker@arr": "ticker",
    "!miniTicker@arr": "miniTicker",
    "!bookTicker": "bookTicker",
    "!forceOrder@arr": "forceOrder",
}


class Binance:
    """One exchange speaking Binance's futures API; it listens to the exchange."""

    name = "binance"

    def __init__(
        self, exchange: Exchange, *, limits_on: bool = True, plan: FaultPlan | None = None
    ) -> None:
        """Serve an exchange that nobody else listens to, with Binance's numbers as its rules."""
        self.exchange = exchange
        exchange.rules = binance_rules(exchange.rules)
        self.ledger = Ledger()
        self.keys = ListenKeys(exchange)
        self.rest = Rest(exchange, self.ledger, Limits(on=limits_on), self.keys)
        self.connections: dict[str, Connection] = {}
        self._sockets = Sockets(self.rest, subscribe=self._subscribe, unsubscribe=self._unsubscribe)
        self._streams: dict[str, list[Stream]] = {}
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._events = UserEvents(exchange, self.ledger, self._send_user)
        self._pending: list[Frame] = []
        self.faults = Faults(plan or FaultPlan(), exchange.clock.wall_us, self.name)
        self._injector: Injector[Frame] | None = None
        if plan is not None:
            words = BinanceWords(exchange, self.ledger)
            self._injector = Injector(exchange, self.faults, self.connections, words)
            self.rest.injector = self._injector
        exchange.listener = self

    def advance(self, wall_us: int) -> None:
        """Let everything happen that is due at a wall time in microseconds."""
        advance(self.exchange, wall_us)
        self.rest.countdowns.run_due()
        if self._injector is not None:
            self._injector.clock.run_due()
        for key in self.keys.take_expired():
            stamp = self.exchange.clock.wall_ms
            event = {"e": "listenKeyExpired", "E": stamp, "listenKey": key}
            self._publish(key, event, kind="private")
            for connection in list(self._listeners.get(key, ())):
                self._unsubscribe(connection, key)

    def next_wall_us(self) -> int | None:
        """Return when something happens next, or None while nobody is interested."""
        planned = self._injector.clock.next_us() if self._injector is not None else None
        times = (next_wall_us(self.exchange), self.rest.countdowns.next_us(), planned)
        return min((time_us for time_us in times if time_us is not None), default=None)

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
        """Return HTTP 503, which tells nothing of what happened."""
        text = "Unknown error, please check your request or try again later."
        return Reply(status=503, body=encode({"code": -1000, "msg": text}))

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a WebSocket on a path, or return None where there is none."""
        found = socket_of(path)
        if found is None or (self._injector is not None and self._injector.clock.closed):
            return None
        kind, names = found
        connection = Connection(
            connection_id=self.exchange.identifier("connection"),
            kind=kind,
            last_active_us=self.exchange.clock.wall_us,
            wake=wake,
        )
        self.connections[connection.connection_id] = connection
        for name in names:
            self._subscribe(connection, name)
        return connection

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle a text frame from a client."""
        self._sockets.receive(connection, data)

    def disconnect(self, connection: Connection) -> None:
        """Forget a WebSocket that is gone."""
        for name in list(connection.topics):
            self._unsubscribe(connection, name)
        self.connections.pop(connection.connection_id, None)

    def _subscribe(self, connection: Connection, name: str) -> None:
        """Any name may be subscribed to; one that is no stream stays silent, as at the real one."""
        if name in connection.topics:
            return
        connection.topics[name] = None
        if name not in self._listeners:
            self._streams[name] = self._open(name)
        self._listeners.setdefault(name, {})[connection] = None
        for stream in self._streams[name]:
            watched = self.exchange.watched
            watched[stream.symbol] = watched.get(stream.symbol, 0) + 1

    def _open(self, name: str) -> list[Stream]:
        kind = _ALL_SYMBOLS.get(name)
        names = [f"{symbol.lower()}@{kind}" for symbol in self.exchange.markets] if kind else [name]
        opened = (open_stream(self.exchange, one) for one in names)
        return [stream for stream in opened if stream is not None]

    def _unsubscribe(self, connection: Connection, name: str) -> None:
        listeners = self._listeners.get(name, {})
        connection.topics.pop(name, None)
        if connection not in listeners:
            return
        del listeners[connection]
        for stream in self._streams[name]:
            self.exchange.watched[stream.symbol] -= 1
        if not listeners:
            del self._listeners[name], self._streams[name]

    def _publish(self, name: str, payload: Any, kind: str = "public") -> None:
        if self._injector is not None and self._injector.clock.silent(kind):
            return
        frames: dict[str, bytes] = {}
        for connection in self._listeners.get(name, ()):
            form = connection.kind
            if form not in frames:
                combined = {"stream": name, "data": payload}
                frames[form] = encode(combined if form == "combined" else payload)
            connection.send(frames[form])

    def _send_user(self, account: Account, payload: dict[str, Any]) -> None:
        self._pending.append((account, payload))

    def _tell_streams(self, symbol: str, ask: Callable[[Stream], Any]) -> None:
        for name, streams in list(self._streams.items()):
            for stream in streams:
                payload = ask(stream) if stream.symbol == symbol else None
                for event in payload if isinstance(payload, list) else [payload]:
                    if event and not self._broken(name, event):
                        self._publish(name, [event] if "@arr" in name else event)

    def _broken(self, name: str, event: dict[str, Any]) -> bool:
        """Break a book's event as the plan says; true where it is left out."""
        if self._injector is None:
            return False
        if event["e"] == "bookTicker":
            return self._injector.misses_best(name)
        if event["e"] != "depthUpdate":
            return False
        variant = self._injector.book(name)
        if variant == "unknown_level":
            event["b"] = [*event["b"], ["0.01", "0"]]
        return variant == "skip"

    def market_traded(self, market: SymbolMarket, trade: MarketTrade) -> None:
        """Send what a market step changed to whoever watches the symbol."""
        symbol = market.instrument.symbol
        self._tell_streams(symbol, lambda one: one.traded and one.traded(trade))
        self._events.warn(symbol)

    def candle_closed(self, market: SymbolMarket, close_ms: int) -> None:
        """Confirm candles that end at this moment."""
        self._tell_streams(
            market.instrument.symbol, lambda one: one.closed and one.closed(close_ms)
        )

    def book_changed(self, market: SymbolMarket) -> None:
        """Send book changes that orders made."""
        self._tell_streams(market.instrument.symbol, lambda one: one.touched and one.touched())

    def liquidated(self, liquidation: Liquidation) -> None:
        """Send a forced close."""
        self._tell_streams(
            liquidation.symbol, lambda one: one.liquidated and one.liquidated(liquidation)
        )

    def order_changed(self, account: Account, order: Order) -> None:
        """Collect an order that changed."""
        self._events.order_changed(order)

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Collect fills."""
        self._events.executed(account, executions)

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """Collect a leg that changed."""
        self._events.leg_changed(account, leg)

    def wallet_changed(self, account: Account) -> None:
        """Collect a wallet that changed."""
        self._events.wallet_changed(account)

    def operation_ended(self) -> None:
        """Tell what was collected."""
        self._events.tell()
        pending, self._pending = self._pending, []
        if pending and self._injector is not None:
            pending = self._injector.private(pending)
        for account, payload in pending:
            key = self.keys.key_of(account)
            if key:
                self._publish(key, payload, kind="private")
