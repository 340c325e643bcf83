"""Small markets with scripted prices, and clients that sign, for the simulator's tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from array import array
from decimal import Decimal
from fractions import Fraction
from typing import Any

from exchange_simulator.clock import SimulatedClock
from exchange_simulator.connection import Connection
from exchange_simulator.engine import advance
from exchange_simulator.instruments import instrument_of
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.tape import CandleTape
from exchange_simulator.model import Account, OrderKind, PositionMode, Side
from exchange_simulator.orders import OrderRequest
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange

START_MS = 1_767_571_200_000
START_US = START_MS * 1000
MINUTE_US = 60_000_000
KEY, SECRET = "KEY", "SECRET"
# A rate that is zero everywhere keeps funding out of tests that are not about it.
NO_FUNDING = {START_MS + hours * 28_800_000: 0.0 for hours in range(200)}


def flat_tape(
    prices: list[str], *, tick: str = "0.10", volume: int = 600_000, rates: dict[int, float]
) -> CandleTape:
    """A tape of one-minute candles, each of which stands still at its price."""
    ticks = array("q", [int(Decimal(price) / Decimal(tick)) for price in prices])
    return CandleTape(
        interval_ms=60_000,
        volume_decimals=3,
        first_ms=START_MS,
        opens=ticks,
        highs=ticks,
        lows=ticks,
        closes=ticks,
        volumes=array("q", [volume] * len(prices)),
        rates=rates,
    )


def make_exchange(
    prices: list[str],
    *,
    rules: Rules | None = None,
    rates: dict[int, float] | None = None,
    more_symbols: dict[str, list[str]] | None = None,
    points: int = 4,
) -> Exchange:
    """An exchange in which BTCUSDT walks through the prices, a minute each, then stands still."""
    scripts = {"BTCUSDT": prices, **(more_symbols or {})}
    markets = {}
    for symbol, script in scripts.items():
        instrument = instrument_of(symbol)
        tape = flat_tape(
            script,
            tick=str(instrument.tick_size),
            rates=NO_FUNDING if rates is None else rates,
        )
        markets[symbol] = SymbolMarket(instrument=instrument, tape=tape, seed=1, points=points)
    clock = SimulatedClock(wall_us=START_US, market_us=START_US, speed=Fraction(1))
    return Exchange(name="bybit", clock=clock, markets=markets, rules=rules or Rules(), seed=1)


def hedger(exchange: Exchange, balance: str = "100000", key: str = KEY) -> Account:
    """A hedge-mode account."""
    return exchange.add_account(key, SECRET, Decimal(balance), PositionMode.HEDGE)


def go(exchange: Exchange, minutes: float = 1) -> None:
    """Let market time pass."""
    advance(exchange, exchange.clock.wall_us + int(minutes * MINUTE_US))


def order(
    side: str,
    qty: str,
    leg_index: int,
    price: str | None = None,
    *,
    symbol: str = "BTCUSDT",
    **more: Any,
) -> OrderRequest:
    """A market order or, with a price, a limit order."""
    return OrderRequest(
        symbol=symbol,
        side=Side(side),
        kind=OrderKind.LIMIT if price else OrderKind.MARKET,
        qty=Decimal(qty),
        leg_index=leg_index,
        price=Decimal(price) if price else None,
        **more,
    )


class Client:
    """A client of the protocol without a socket: signs, sends bytes, reads bytes."""

    def __init__(self, bybit: Bybit, key: str = KEY, secret: str = SECRET) -> None:
        """Speak for one account."""
        self.bybit = bybit
        self.key = key
        self.secret = secret

    def headers(self, payload: bytes, stamp: str = "") -> dict[str, str]:
        """Return the headers that sign a body or query."""
        stamp = stamp or str(self.bybit.exchange.clock.wall_ms)
        message = f"{stamp}{self.key}5000".encode() + payload
        return {
            "x-bapi-api-key": self.key,
            "x-bapi-timestamp": stamp,
            "x-bapi-recv-window": "5000",
            "x-bapi-sign": hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest(),
        }

    def raw(self, method: str, target: str, body: bytes = b"", *, stamp: str = "") -> Any:
        """Send a signed request and return the reply."""
        payload = body if method == "POST" else target.partition("?")[2].encode()
        return self.bybit.request(
            method=method, target=target, headers=self.headers(payload, stamp), body=body
        )

    def get(self, path: str, **fields: object) -> Any:
        """Send a GET and return the decoded envelope."""
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        target = f"/v5/{path}?{query}" if query else f"/v5/{path}"
        return json.loads(self.raw("GET", target).body)

    def post(self, path: str, **fields: object) -> Any:
        """Send a POST and return the decoded envelope."""
        return json.loads(self.raw("POST", f"/v5/{path}", json.dumps(fields).encode()).body)

    def socket(self, path: str, *topics: str) -> Connection:
        """Open a WebSocket, authenticate where needed, subscribe, and forget the answers."""
        connection = self.bybit.connect(path)
        assert connection is not None
        if connection.kind in ("private", "trade"):
            expires = self.bybit.exchange.clock.wall_ms + 5000
            message = f"GET/realtime{expires}".encode()
            signature = hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()
            self.say(connection, op="auth", args=[self.key, expires, signature])
        if topics:
            self.say(connection, op="subscribe", args=list(topics))
        return connection

    def say(self, connection: Connection, **message: object) -> None:
        """Send a frame."""
        self.bybit.receive(connection, json.dumps(message).encode())


def frames(connection: Connection) -> list[Any]:
    """Take what waits in a connection's outbox, decoded."""
    return [json.loads(frame) for frame in connection.drain()]


def make_bybit(prices: list[str], *, limits_on: bool = False, **more: Any) -> tuple[Bybit, Client]:
    """A protocol over a scripted market with one hedge-mode account, and its client."""
    exchange = make_exchange(prices, **more)
    hedger(exchange)
    bybit = Bybit(exchange, limits_on=limits_on)
    return bybit, Client(bybit)
