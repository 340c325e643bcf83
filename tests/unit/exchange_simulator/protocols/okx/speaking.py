"""A client of the OKX protocol without a socket: signs, sends bytes, reads bytes."""

import json
from datetime import UTC, datetime
from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.protocols.okx import protocol
from exchange_simulator.protocols.okx.auth import PASSPHRASE, sign
from tests.unit.exchange_simulator.builders import KEY, SECRET, hedger, make_exchange

PAIR = "BTC-USDT-SWAP"


class Speaker:
    """Speaks for one account."""

    def __init__(self, okx: protocol.Okx, key: str = KEY) -> None:
        """Speak to this exchange, with the usual key if no other is given."""
        self.okx = okx
        self.key = key

    def headers(self, method: str, target: str, body: bytes, **changed: str) -> dict[str, str]:
        """Return signed headers; some may be changed after signing."""
        moment = datetime.fromtimestamp(self.okx.exchange.clock.wall_ms / 1000, UTC)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        names = {
            "ok-access-key": self.key,
            "ok-access-passphrase": PASSPHRASE,
            "ok-access-timestamp": stamp,
            "ok-access-sign": sign(SECRET, f"{stamp}{method}{target}".encode() + body),
        }
        return {**names, **{name.replace("_", "-"): text for name, text in changed.items()}}

    def raw(self, method: str, target: str, body: bytes = b"", **changed: str) -> Any:
        """Send bytes and return the reply."""
        headers = self.headers(method, target, body, **changed)
        return self.okx.request(method=method, target=target, headers=headers, body=body)

    def get(self, path: str, **fields: object) -> Any:
        """Send a GET and return the envelope."""
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        return json.loads(self.raw("GET", f"/api/v5/{path}?{query}").body)

    def post(self, path: str, *items: dict[str, Any], **fields: object) -> Any:
        """Send a POST with an object, or a list of items, and return the envelope."""
        body = json.dumps(list(items) if items else fields).encode()
        return json.loads(self.raw("POST", f"/api/v5/{path}", body).body)

    def order(self, side: str, leg: str, size: str, **more: object) -> Any:
        """Send a market order or, with a price, a limit order; returns the envelope."""
        kind = "limit" if "px" in more else "market"
        base = {"instId": PAIR, "tdMode": "cross", "side": side, "posSide": leg, "sz": size}
        return self.post("trade/order", **{**base, "ordType": kind, **more})

    def algo(self, kind: str, side: str, leg: str, size: str = "10", **more: object) -> Any:
        """Send an algo order; returns the envelope."""
        base = {"instId": PAIR, "tdMode": "cross", "side": side, "posSide": leg, "sz": size}
        return self.post("trade/order-algo", **{**base, "ordType": kind, **more})

    def socket(self, kind: str, *args: dict[str, str]) -> Connection:
        """Open a WebSocket, log in where needed, subscribe, and forget the answers."""
        connection = self.okx.connect(f"/ws/v5/{kind}")
        assert connection is not None
        if kind != "public":
            stamp = str(self.okx.exchange.clock.wall_ms // 1000)
            login = {"apiKey": self.key, "passphrase": PASSPHRASE, "timestamp": stamp}
            login["sign"] = sign(SECRET, f"{stamp}GET/users/self/verify".encode())
            self.say(connection, op="login", args=[login])
        if args:
            self.say(connection, op="subscribe", args=list(args))
        connection.drain()
        return connection

    def say(self, connection: Connection, **message: object) -> None:
        """Send a frame."""
        self.okx.receive(connection, json.dumps(message).encode())


def make_okx(prices: list[str], **more: Any) -> tuple[protocol.Okx, Speaker]:
    """A protocol over a scripted market with one hedge-mode account, and its client."""
    exchange = make_exchange(prices, **more)
    hedger(exchange)
    okx = protocol.Okx(exchange, limits_on=False)
    return okx, Speaker(okx)


def codes(envelope: Any) -> tuple[str, list[str]]:
    """The outer code, and each item's."""
    return envelope["code"], [row.get("sCode", "") for row in envelope["data"]]
