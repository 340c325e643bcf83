"""What clients say on WebSockets: subscriptions on streams, requests on the order socket."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from exchange_simulator.connection import Connection
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.binance.auth import socket_account
from exchange_simulator.protocols.binance.context import Route
from exchange_simulator.protocols.binance.limits import (
    ORDERS_PER_10S,
    ORDERS_PER_MINUTE,
    WEIGHT_PER_MINUTE,
)
from exchange_simulator.protocols.binance.rest import Rest
from exchange_simulator.protocols.binance.wire import ApiError, fields_of
from exchange_simulator.protocols.injector import AnswerLostError

__all__ = ["Sockets", "socket_of"]

_STREAMS_MAX = 1024
_METHODS = {
    "ping": ("GET", "/fapi/v1/ping"),
    "time": ("GET", "/fapi/v1/time"),
    "depth": ("GET", "/fapi/v1/depth"),
    "ticker.price": ("GET", "/fapi/v1/ticker/price"),
    "ticker.book": ("GET", "/fapi/v1/ticker/bookTicker"),
    "order.place": ("POST", "/fapi/v1/order"),
    "order.modify": ("PUT", "/fapi/v1/order"),
    "order.cancel": ("DELETE", "/fapi/v1/order"),
    "order.status": ("GET", "/fapi/v1/order"),
    "algoOrder.place": ("POST", "/fapi/v1/algoOrder"),
    "algoOrder.cancel": ("DELETE", "/fapi/v1/algoOrder"),
    "account.position": ("GET", "/fapi/v2/positionRisk"),
    "v2/account.position": ("GET", "/fapi/v3/positionRisk"),
    "account.balance": ("GET", "/fapi/v2/balance"),
    "v2/account.balance": ("GET", "/fapi/v3/balance"),
    "account.status": ("GET", "/fapi/v2/account"),
    "v2/account.status": ("GET", "/fapi/v3/account"),
    "userDataStream.start": ("POST", "/fapi/v1/listenKey"),
    "userDataStream.ping": ("PUT", "/fapi/v1/listenKey"),
    "userDataStream.stop": ("DELETE", "/fapi/v1/listenKey"),
}


def socket_of(path: str) -> tuple[str, list[str]] | None:
    """Return a socket's kind (raw, combined, trade) and the streams its address names, or None.

    The address may begin with /public, /market or /private, as at the real exchange.
    """
    route, _, query = path.partition("?")
    if route in ("/ws-fapi/v1", "/ws-fapi/v1/"):
        return "trade", []
    for prefix in ("/public", "/market", "/private"):
        if route.startswith(f"{prefix}/"):
            route = route.removeprefix(prefix)
    try:
        values = parse_qs(query)
    except ValueError:
        return None
    names = values.get("listenKey", [])[:1]
    for text in values.get("streams", []):
        names += text.split("/")
    if route.rstrip("/") == "/stream":
        return "combined", names
    if route == "/ws" or route.startswith("/ws/"):
        return "raw", [*names, *(part for part in route[3:].split("/") if part)]
    return None


class Sockets:
    """Reads client frames; subscribing is handed on, requests run the same routes as REST."""

    def __init__(
        self,
        rest: Rest,
        *,
        subscribe: Callable[[Connection, str], None],
        unsubscribe: Callable[[Connection, str], None],
    ) -> None:
        """Both callables get a connection and the name of a stream."""
        self._rest = rest
        self._subscribe = subscribe
        self._unsubscribe = unsubscribe

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle one text frame; anything unreadable gets an error frame."""
        message = decode(data)
        if connection.kind == "trade":
            self._request(connection, message)
        elif isinstance(message, dict):
            self._control(connection, message)
        else:
            self._refuse(connection, None, 3, "Invalid JSON: expected value at line 1 column 1")

    def _refuse(self, connection: Connection, identity: object, code: int, text: str) -> None:
        answer: dict[str, Any] = {"error": {"code": code, "msg": text}}
        if identity is not None:
            answer["id"] = identity
        connection.send(encode(answer))

    def _control(self, connection: Connection, message: dict[str, Any]) -> None:
        identity, method = message.get("id"), message.get("method")
        params = message.get("params")
        names = params if isinstance(params, list) else []
        readable = isinstance(params, list) and all(isinstance(name, str) for name in names)
        if method == "LIST_SUBSCRIPTIONS":
            connection.send(encode({"result": list(connection.topics), "id": identity}))
            return
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            text = "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`"
            self._refuse(connection, identity, 2, text)
            return
        if not readable or len(connection.topics) + len(names) > _STREAMS_MAX:
            self._refuse(connection, identity, 2, "Invalid request: invalid params")
            return
        act = self._subscribe if method == "SUBSCRIBE" else self._unsubscribe
        connection.send(encode({"result": None, "id": identity}))
        for name in names:
            act(connection, name)

    def _request(self, connection: Connection, message: object) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            self._answer(connection, None, {}, ApiError(-1135, "Invalid JSON."))
            return
        identity, params = message.get("id"), message.get("params")
        values = params if isinstance(params, dict) else {}
        try:
            result: Any = self._run(message["method"], values)
        except ApiError as error:
            self._answer(connection, identity, {}, error)
            return
        except AnswerLostError:
            connection.close()
            return
        self._answer(connection, identity, result, None)

    def _run(self, method: str, values: dict[str, Any]) -> Any:
        key = _METHODS.get(method)
        route = self._rest.routes.get(key) if key is not None else None
        if route is None:
            raise ApiError(-1000, f"Unknown method '{method[:64]}'.")
        exchange = self._rest.exchange
        account = exchange.crowd
        fields = fields_of(values)
        if route.access == "signed":
            account = socket_account(exchange, values, fields, exchange.clock.wall_ms)
        elif route.access == "keyed":
            found = exchange.accounts.get(fields.text("apiKey"))
            if found is None:
                raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
            account = found
        if route.orders:
            wall_us = exchange.clock.wall_us
            self._rest.limits.take_orders(account.account_id, route.orders, wall_us)
        return self._disturbed(key, route, account, values)

    def _disturbed(
        self, key: tuple[str, str] | None, route: Route, account: Account, values: dict[str, Any]
    ) -> Any:
        """Run a route as the fault plan lets it."""
        injector = self._rest.injector
        if injector is None or key is None:
            return self._rest.run(route.handler, account, values)
        place = " ".join(key)
        reply = injector.before(place, account, values)
        if reply is None:
            answer = self._rest.run(route.handler, account, values)
            reply = injector.after(place, Reply(status=200, body=encode(answer)))
        if reply.lost or reply.delay_ms or reply.content_type == "text/html":
            raise AnswerLostError
        answer = decode(reply.body)
        if reply.status != 200:
            raise ApiError(answer["code"], answer["msg"], reply.status)
        return answer

    def _answer(
        self, connection: Connection, identity: object, result: Any, error: ApiError | None
    ) -> None:
        limits = [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_PER_MINUTE),
            _limit("ORDERS", "SECOND", 10, ORDERS_PER_10S),
            _limit("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE),
        ]
        answer: dict[str, Any] = {"id": identity, "status": error.status if error else 200}
        if error is None:
            answer["result"] = result
        else:
            answer["error"] = {"code": error.code, "msg": error.message}
        connection.send(encode(answer | {"rateLimits": limits}))


def _limit(kind: str, interval: str, number: int, most: int) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": number,
        "limit": most,
        "count": 1,
    }
