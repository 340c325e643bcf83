"""A client of the Binance protocol without a socket: signs, sends bytes, reads bytes."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from exchange_simulator.connection import Connection
from exchange_simulator.protocols.binance import protocol
from tests.unit.exchange_simulator.builders import KEY, SECRET, hedger, make_exchange


class Speaker:
    """Speaks for one account."""

    def __init__(self, binance: protocol.Binance, key: str = KEY) -> None:
        """Speak to this exchange, with the usual key if no other is given."""
        self.binance = binance
        self.key = key

    def signed(self, fields: dict[str, object]) -> str:
        """Return a query with time and signature."""
        stamped = {**fields, "timestamp": self.binance.exchange.clock.wall_ms}
        query = urlencode(stamped)
        return f"{query}&signature={self.sign(query)}"

    def sign(self, text: str) -> str:
        """Return the signature of a text."""
        return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

    def raw(self, method: str, target: str, body: bytes = b"", key: str | None = None) -> Any:
        """Send bytes and return the reply."""
        headers = {"x-mbx-apikey": self.key if key is None else key}
        return self.binance.request(method=method, target=target, headers=headers, body=body)

    def call(self, method: str, path: str, **fields: object) -> Any:
        """Send a signed request and return the decoded answer."""
        return json.loads(self.raw(method, f"/fapi/{path}?{self.signed(fields)}").body)

    def order(self, side: str, leg: str, quantity: str, **more: object) -> Any:
        """Send a market order or, with a price, a limit order."""
        limit = {"type": "LIMIT", "timeInForce": "GTC"} if "price" in more else {"type": "MARKET"}
        base = {"symbol": "BTCUSDT", "side": side, "positionSide": leg, "quantity": quantity}
        return self.call(
            "POST", "v1/order", **{**base, "newOrderRespType": "RESULT", **limit, **more}
        )

    def algo(self, kind: str, side: str, leg: str, **more: object) -> Any:
        """Send a conditional order."""
        base = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "type": kind, "side": side}
        return self.call("POST", "v1/algoOrder", **{**base, "positionSide": leg, **more})

    def user_stream(self) -> Connection:
        """Open the account's stream."""
        key = self.call("POST", "v1/listenKey")["listenKey"]
        connection = self.binance.connect(f"/ws/{key}")
        assert connection is not None
        return connection


def make_binance(prices: list[str], **more: Any) -> tuple[protocol.Binance, Speaker]:
    """A protocol over a scripted market with one hedge-mode account, and its client."""
    exchange = make_exchange(prices, **more)
    hedger(exchange)
    binance = protocol.Binance(exchange, limits_on=False)
    return binance, Speaker(binance)


def events(connection: Connection) -> list[tuple[str, Any]]:
    """Take what waits in a stream as pairs of name and event."""
    decoded = [json.loads(frame) for frame in connection.drain()]
    return [(event["e"], event) for event in decoded]
