"""OKX as a whole: requests and client frames in, answers and channel frames out, no sockets.

The caller tells the time with `advance`, hands in what clients send, and carries away what waits
in the outboxes. The same calls in the same order give the same bytes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.engine import advance, next_wall_us
from exchange_simulator.faults import FaultPlan, Faults
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import Account, Execution, Leg, Order
from exchange_simulator.protocols.answers import Reply, encode
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.protocols.okx.channels import Channel, Data, open_channel
from exchange_simulator.protocols.okx.fault_words import Frame, OkxWords
from exchange_simulator.protocols.okx.ledger import Ledger
from exchange_simulator.protocols.okx.private_events import PrivateEvents
from exchange_simulator.protocols.okx.rest import Rest
from exchange_simulator.protocols.okx.rows import account_row, position_row
from exchange_simulator.protocols.okx.sockets import SOCKET_PATHS, Sockets
from exchange_simulator.protocols.okx.wire import ApiError, okx_rules, symbol_of
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["Okx"]

_PRIVATE = {
    "private": ("orders", "positions", "account", "balance_and_position"),
    "business": ("orders-algo", "algo-advance"),
}
_IDLE_MAX_US = 30_000_000
Arg = dict[str, Any]


class Okx:
    """One exchange speaking OKX's API; it listens to the exchange and fills the outboxes."""

    name = "okx"

    def __init__(
        self, exchange: Exchange, *, limits_on: bool = True, plan: FaultPlan | None = None
    ) -> None:
        """Serve an exchange that nobody else listens to, with OKX's numbers as its rules."""
        self.exchange = exchange
        exchange.rules = okx_rules(exchange.rules)
        self.ledger = Ledger()
        self.rest = Rest(exchange, self.ledger, limits_on=limits_on)
        self.connections: dict[str, Connection] = {}
        self._sockets = Sockets(
            self.rest,
            subscribe=self._subscribe,
            unsubscribe=self._unsubscribe,
            logged_in=self._logged_in,
        )
        self._channels: dict[str, tuple[Arg, Channel]] = {}
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._args: dict[str, Arg] = {}
        self._private: dict[int, dict[Connection, None]] = {}
        self._events = PrivateEvents(exchange, self.ledger, self._send_private)
        self._pending: list[Frame] = []
        self.faults = Faults(plan or FaultPlan(), exchange.clock.wall_us, self.name)
        self._injector: Injector[Frame] | None = None
        if plan is not None:
            words = OkxWords(exchange, self.ledger, self.connections)
            self._injector = Injector(exchange, self.faults, self.connections, words)
            self.rest.injector = self._injector
        exchange.listener = self

    def advance(self, wall_us: int) -> None:
        """Let everything happen that is due; sockets silent for thirty seconds are closed."""
        advance(self.exchange, wall_us)
        self.rest.countdowns.run_due()
        if self._injector is not None:
            self._injector.clock.run_due()
        for connection in self.connections.values():
            if connection.active:
                connection.active = False
                connection.last_active_us = wall_us
            elif wall_us - connection.last_active_us > _IDLE_MAX_US and not connection.closing:
                connection.close()

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
        return self.rest.handle(method=method, target=target, headers=headers, body=body)

    def defect(self, wall_ms: int) -> Reply:
        """Return 50001, which tells nothing of what happened."""
        text = "Service temporarily unavailable. Try again later"
        return Reply(status=503, body=encode({"code": "50001", "data": [], "msg": text}))

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a WebSocket on a path, or return None where there is none."""
        kind = SOCKET_PATHS.get(path.partition("?")[0])
        if kind is None or (self._injector is not None and self._injector.clock.closed):
            return None
        connection = Connection(
            connection_id=self.exchange.identifier("connection"),
            kind=kind,
            last_active_us=self.exchange.clock.wall_us,
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
        for key in list(connection.topics):
            self._unsubscribe(connection, self._args[key])
        if connection.account is not None:
            self._private.get(connection.account.account_id, {}).pop(connection, None)
        self.connections.pop(connection.connection_id, None)

    def _logged_in(self, connection: Connection) -> None:
        if connection.account is not None:
            self._private.setdefault(connection.account.account_id, {})[connection] = None

    def _subscribe(self, connection: Connection, arg: Arg) -> Callable[[], None]:
        name, key = arg.get("channel", ""), _key(arg)
        if name in _PRIVATE.get(connection.kind, ()):
            if connection.account is None:
                raise ApiError("60011", "Please log in")
            if arg.get("instId"):
                symbol_of(self.exchange, arg["instId"])
            self._args[key] = arg
            connection.topics[key] = None
            return partial(self._welcome_private, connection, arg, connection.account)
        wrong = f"Wrong URL or channel:{name},instId:{arg.get('instId', '')} doesn't exist."
        if connection.kind == "private" or name.startswith("candle") is (
            connection.kind == "public"
        ):
            raise ApiError("60018", wrong)
        if key not in self._channels:
            self._open(arg, key, wrong)
        self._listeners.setdefault(key, {})
        if connection not in self._listeners[key]:
            self._listeners[key][connection] = None
            connection.topics[key] = None
            channel = self._channels[key][1]
            watched = self.exchange.watched
            watched[channel.symbol] = watched.get(channel.symbol, 0) + 1
        return partial(self._welcome, connection, key)

    def _open(self, arg: Arg, key: str, wrong: str) -> None:
        name = arg.get("instId", "")
        if not name and arg.get("channel") in ("instruments", "liquidation-orders"):
            symbol = next(iter(self.exchange.markets))
        else:
            try:
                symbol = symbol_of(self.exchange, name)
            except ApiError:
                raise ApiError("60018", wrong) from None
        channel = open_channel(self.exchange, arg.get("channel", ""), symbol)
        if channel is None:
            raise ApiError("60018", wrong)
        self._args[key] = arg
        self._channels[key] = (arg, channel)

    def _unsubscribe(self, connection: Connection, arg: Arg) -> None:
        key = _key(arg)
        connection.topics.pop(key, None)
        listeners = self._listeners.get(key)
        if listeners is None or connection not in listeners:
            return
        del listeners[connection]
        self.exchange.watched[self._channels[key][1].symbol] -= 1
        if not listeners:
            del self._listeners[key], self._channels[key]

    def _welcome(self, connection: Connection, key: str) -> None:
        arg, channel = self._channels[key]
        data = channel.welcome()
        if data is not None:
            connection.send(_frame(arg, data))

    def _welcome_private(self, connection: Connection, arg: Arg, account: Account) -> None:
        """Positions and balances come once on subscribing; orders do not."""
        held = [leg for leg in account.held() if self._chosen(arg, leg.symbol)]
        if arg["channel"] == "positions":
            rows = [position_row(self.exchange, account, leg) for leg in held]
        elif arg["channel"] == "account":
            rows = [account_row(self.exchange, account)]
        elif arg["channel"] == "balance_and_position":
            row = self._events.balance_and_position(account, held)
            rows = [{**row, "eventType": "snapshot"}]
        else:
            return
        connection.send(_frame(arg, ("", rows)))

    def _chosen(self, arg: Arg, symbol: str) -> bool:
        if arg.get("instType", "SWAP") not in ("SWAP", "ANY"):
            return False
        name, family = arg.get("instId", ""), arg.get("instFamily", "")
        wanted = name or (f"{family}-SWAP" if family else "")
        return not wanted or wanted.removesuffix("-SWAP").replace("-", "") == symbol

    def _send_private(self, channel: str, account: Account, symbol: str, rows: list[Any]) -> None:
        self._pending.append((channel, account, symbol, rows))

    def _silent(self, kind: str) -> bool:
        return self._injector is not None and self._injector.clock.silent(kind)

    def _carry_private(self, frame: Frame) -> None:
        channel, account, symbol, rows = frame
        for connection in self._private.get(account.account_id, ()):
            for key in connection.topics:
                arg = self._args[key]
                if arg["channel"] == channel and (not symbol or self._chosen(arg, symbol)):
                    connection.send(_frame(arg, ("", rows)))

    def _tell(self, symbol: str, ask: Callable[[Channel], Data]) -> None:
        for key, (arg, channel) in list(self._channels.items()):
            data = ask(channel) if channel.symbol == symbol else None
            if data is not None and not self._broken(arg["channel"], data):
                frame = _frame(arg, data)
                for connection in self._listeners[key]:
                    connection.send(frame)

    def _broken(self, name: str, data: tuple[str, list[Any]]) -> bool:
        """Break a book's update as the plan says; true where it is left out."""
        if self._silent("public"):
            return True
        if self._injector is None:
            return False
        if name == "tickers":
            return self._injector.misses_best(name)
        if not name.startswith("books") or not data[0]:
            return False
        variant = self._injector.book(name)
        if variant == "unknown_level":
            data[1][0]["bids"].append(["0.01", "0", "0", "0"])
        return variant == "skip"

    def market_traded(self, market: SymbolMarket, trade: MarketTrade) -> None:
        """Send what a market step changed to whoever watches the symbol."""
        symbol = market.instrument.symbol
        self._tell(symbol, lambda one: one.traded(trade) if one.traded else None)

    def candle_closed(self, market: SymbolMarket, close_ms: int) -> None:
        """Confirm candles that end at this moment."""
        symbol = market.instrument.symbol
        self._tell(symbol, lambda one: one.closed(close_ms) if one.closed else None)

    def book_changed(self, market: SymbolMarket) -> None:
        """Send book changes that orders made."""
        self._tell(market.instrument.symbol, lambda one: one.touched() if one.touched else None)

    def liquidated(self, liquidation: Liquidation) -> None:
        """Send a forced close."""
        self._tell(
            liquidation.symbol,
            lambda one: one.liquidated(liquidation) if one.liquidated else None,
        )

    def order_changed(self, account: Account, order: Order) -> None:
        """Collect an order that changed."""
        self._events.order_changed(order)

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Collect fills."""
        self._events.executed(executions)

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
        if not self._silent("private"):
            for frame in pending:
                self._carry_private(frame)


def _key(arg: Arg) -> str:
    return "&".join(f"{name}={arg[name]}" for name in sorted(arg))


def _frame(arg: Arg, data: tuple[str, list[Any]]) -> bytes:
    action, rows = data
    head: dict[str, Any] = {"arg": arg}
    if action:
        head["action"] = action
    return encode({**head, "data": rows})
