"""What clients say on WebSockets: ping, login, subscriptions, and orders on the private one."""

from collections.abc import Callable
from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.injector import AnswerLostError
from exchange_simulator.protocols.okx.auth import account_of_login
from exchange_simulator.protocols.okx.context import Route
from exchange_simulator.protocols.okx.rest import ROUTES, Rest
from exchange_simulator.protocols.okx.wire import ApiError

__all__ = ["SOCKET_PATHS", "Sockets"]

SOCKET_PATHS = {
    "/ws/v5/public": "public",
    "/ws/v5/private": "private",
    "/ws/v5/business": "business",
}
_ORDERS = {
    "order": "/api/v5/trade/order",
    "batch-orders": "/api/v5/trade/batch-orders",
    "cancel-order": "/api/v5/trade/cancel-order",
    "batch-cancel-orders": "/api/v5/trade/cancel-batch-orders",
    "amend-order": "/api/v5/trade/amend-order",
    "batch-amend-orders": "/api/v5/trade/amend-batch-orders",
}
_ARGS_MAX = 500
Subscribe = Callable[[Connection, dict[str, Any]], Callable[[], None]]


class Sockets:
    """Reads client frames; subscribing is handed on, orders run the same routes as REST."""

    def __init__(
        self,
        rest: Rest,
        *,
        subscribe: Subscribe,
        unsubscribe: Callable[[Connection, dict[str, Any]], None],
        logged_in: Callable[[Connection], None],
    ) -> None:
        """`subscribe` raises ApiError, or returns what to send after the acknowledgement."""
        self._rest = rest
        self._subscribe = subscribe
        self._unsubscribe = unsubscribe
        self._logged_in = logged_in

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle one text frame; anything unreadable gets an error frame."""
        if data.strip() == b"ping":
            connection.send(b"pong")
            return
        message = decode(data)
        if not isinstance(message, dict) or not isinstance(message.get("op"), str):
            shown = data[:200].decode(errors="replace")
            self._fail(connection, {}, "60012", f"Invalid request: {shown}")
            return
        op = message["op"]
        if op == "login":
            self._login(connection, message)
        elif op in ("subscribe", "unsubscribe"):
            self._channels(connection, message, op)
        elif op in _ORDERS and connection.kind == "private":
            self._order(connection, message, op)
        else:
            self._fail(connection, message, "60012", f"Invalid request: {op[:64]}")

    def _fail(self, connection: Connection, message: dict[str, Any], code: str, text: str) -> None:
        answer = {"event": "error", "msg": text, "code": code}
        connection.send(encode(self._framed(connection, message, answer)))

    def _framed(
        self, connection: Connection, message: dict[str, Any], answer: dict[str, Any]
    ) -> dict[str, Any]:
        echo = {"id": message["id"]} if isinstance(message.get("id"), str) else {}
        return {**echo, **answer, "connId": connection.connection_id[:8]}

    def _login(self, connection: Connection, message: dict[str, Any]) -> None:
        try:
            connection.account = account_of_login(self._rest.exchange, message.get("args"))
        except ApiError as error:
            self._fail(connection, message, error.code, error.message)
            return
        self._logged_in(connection)
        answer = {"event": "login", "msg": "", "code": "0"}
        connection.send(encode(self._framed(connection, message, answer)))

    def _channels(self, connection: Connection, message: dict[str, Any], op: str) -> None:
        args = message.get("args")
        if not isinstance(args, list) or not args or len(args) > _ARGS_MAX:
            self._fail(connection, message, "60012", "Invalid request: args")
            return
        for arg in args:
            if not isinstance(arg, dict) or not all(isinstance(v, str) for v in arg.values()):
                self._fail(connection, message, "60012", "Invalid request: args")
                continue
            if op == "unsubscribe":
                self._unsubscribe(connection, arg)
                self._acknowledge(connection, message, op, arg)
                continue
            try:
                after = self._subscribe(connection, arg)
            except ApiError as error:
                self._fail(connection, message, error.code, error.message)
                continue
            self._acknowledge(connection, message, op, arg)
            after()

    def _acknowledge(
        self, connection: Connection, message: dict[str, Any], op: str, arg: dict[str, Any]
    ) -> None:
        connection.send(encode(self._framed(connection, message, {"event": op, "arg": arg})))

    def _order(self, connection: Connection, message: dict[str, Any], op: str) -> None:
        identity = message.get("id")
        head = {"id": identity if isinstance(identity, str) else "", "op": op}
        args = message.get("args")
        items = [item for item in args if isinstance(item, dict)] if isinstance(args, list) else []
        stamp = str(self._rest.exchange.clock.wall_us)
        times = {"inTime": stamp, "outTime": stamp}
        try:
            if connection.account is None:
                raise ApiError("60011", "Please log in")
            if not items:
                raise ApiError("60013", "Invalid args")
            route = ROUTES[("POST", _ORDERS[op])]
            self._rest.take(connection.account, _ORDERS[op], route)
            answer = self._disturbed(f"POST {_ORDERS[op]}", route, connection.account, items)
        except ApiError as error:
            answer = {"code": error.code, "msg": error.message, "data": []}
        except AnswerLostError:
            connection.close()
            return
        connection.send(encode({**head, **answer, **times}))

    def _disturbed(
        self, place: str, route: Route, account: Account, items: list[Any]
    ) -> dict[str, Any]:
        """Run a route as the fault plan lets it."""
        injector = self._rest.injector
        if injector is None:
            return self._rest.run(route, account, {}, items)
        reply = injector.before(place, account, items[0] if len(items) == 1 else {})
        if reply is None:
            answer = self._rest.run(route, account, {}, items)
            reply = injector.after(place, Reply(status=200, body=encode(answer)))
        if reply.lost or reply.delay_ms or reply.content_type == "text/html":
            raise AnswerLostError
        decoded: dict[str, Any] = decode(reply.body)
        return decoded
