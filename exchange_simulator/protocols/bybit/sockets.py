"""What clients say on WebSockets, and the answers: auth, ping, subscribe, orders."""

from collections.abc import Callable
from typing import Any

import msgspec

from exchange_simulator.connection import Connection
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, encode
from exchange_simulator.protocols.bybit.auth import check_time, socket_account
from exchange_simulator.protocols.bybit.context import Route
from exchange_simulator.protocols.bybit.fault_words import Frame
from exchange_simulator.protocols.bybit.limits import Limits
from exchange_simulator.protocols.bybit.rest import ROUTES, run_route
from exchange_simulator.protocols.bybit.wire import ApiError, Params
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.state import Exchange

__all__ = ["PRIVATE_TOPICS", "Sockets"]

PRIVATE_TOPICS = (
    "order",
    "execution",
    "position",
    "wallet",
    "execution.fast",
    "dcp.future",
    "order.linear",
    "execution.linear",
    "position.linear",
    "execution.fast.linear",
)
_ARGS_MAX_CHARACTERS = 21_000
_REQUEST_ID_MAX = 36
_decode = msgspec.json.Decoder().decode
_TRADE_PATHS = {
    "order.create": "/v5/order/create",
    "order.amend": "/v5/order/amend",
    "order.cancel": "/v5/order/cancel",
    "order.create-batch": "/v5/order/create-batch",
    "order.amend-batch": "/v5/order/amend-batch",
    "order.cancel-batch": "/v5/order/cancel-batch",
}


class _AnswerLostError(Exception):
    """The request was carried out, and its answer gets lost with the socket."""


class Sockets:
    """Reads client frames. Subscribing is handed on; orders run the same routes as REST."""

    def __init__(
        self,
        exchange: Exchange,
        limits: Limits,
        *,
        subscribe: Callable[[Connection, str], Callable[[], None] | None],
        unsubscribe: Callable[[Connection, str], None],
    ) -> None:
        """`subscribe` returns what to do after the acknowledgement, or None for no such topic."""
        self.exchange = exchange
        self.limits = limits
        self._subscribe = subscribe
        self._unsubscribe = unsubscribe
        self.injector: Injector[Frame] | None = None

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle one text frame of a client; anything unreadable gets an error frame."""
        try:
            message = _decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            message = None
        if not isinstance(message, dict):
            self._fail(connection, {}, "", "error:invalid JSON")
            return
        op = message.get("op")
        op = op if isinstance(op, str) else ""
        if op == "ping":
            self._pong(connection, message)
        elif op == "auth":
            self._auth(connection, message)
        elif connection.kind == "trade":
            self._trade(connection, message, op)
        elif op == "subscribe":
            self._subscribe_all(connection, message)
        elif op == "unsubscribe":
            self._unsubscribe_all(connection, message)
        else:
            self._fail(connection, message, op, "error:unknown op")

    def _pong(self, connection: Connection, message: dict[str, Any]) -> None:
        stamp = str(self.exchange.clock.wall_ms)
        answer: dict[str, Any]
        if connection.kind == "trade":
            answer = {"retCode": 0, "retMsg": "OK", "op": "pong", "data": [stamp]}
            answer["connId"] = connection.connection_id
        elif connection.kind == "private":
            answer = {"op": "pong", "args": [stamp], "conn_id": connection.connection_id}
            answer |= _echo(message)
        else:
            answer = {"success": True, "ret_msg": "pong", "conn_id": connection.connection_id}
            answer |= {"req_id": _request_id(message), "op": "ping"}
        connection.send(encode(answer))

    def _auth(self, connection: Connection, message: dict[str, Any]) -> None:
        trade = connection.kind == "trade"
        try:
            if connection.account is not None:
                raise ApiError(20001, "Repeat auth")
            connection.account = socket_account(
                self.exchange, message.get("args"), self.exchange.clock.wall_ms
            )
        except ApiError as error:
            if trade:
                connection.send(
                    encode(
                        {
                            "retCode": error.code if error.code != 10001 else 10004,
                            "retMsg": error.message,
                            "op": "auth",
                            "connId": connection.connection_id,
                        }
                    )
                )
            else:
                self._fail(connection, message, "auth", error.message)
            return
        if trade:
            answer: dict[str, Any] = {"retCode": 0, "retMsg": "OK", "op": "auth"}
            answer["connId"] = connection.connection_id
        else:
            answer = {"success": True, "ret_msg": "", "op": "auth"}
            answer["conn_id"] = connection.connection_id
            answer |= _echo(message)
        connection.send(encode(answer))

    def _fail(self, connection: Connection, message: dict[str, Any], op: str, reason: str) -> None:
        answer = {"success": False, "ret_msg": reason, "conn_id": connection.connection_id}
        connection.send(encode({**answer, "req_id": _request_id(message), "op": op}))

    def _subscribe_all(self, connection: Connection, message: dict[str, Any]) -> None:
        """Subscribe to all topics of a request or, if one is unknown, to none."""
        topics = self._topics(connection, message)
        if topics is None:
            return
        afterwards: list[Callable[[], None]] = []
        for number, topic in enumerate(topics):
            known = topic in connection.topics
            after = None if known else self._subscribe(connection, topic)
            if after is None:
                for done in topics[:number]:
                    self._unsubscribe(connection, done)
                fault = "already subscribed" if known else "handler not found"
                self._fail(connection, message, "subscribe", f"error:{fault},topic:{topic}")
                return
            afterwards.append(after)
        self._acknowledge(connection, message, "subscribe")
        for after in afterwards:
            after()

    def _topics(self, connection: Connection, message: dict[str, Any]) -> list[str] | None:
        args = message.get("args")
        if (
            not isinstance(args, list)
            or not args
            or not all(isinstance(topic, str) for topic in args)
            or sum(len(topic) for topic in args) > _ARGS_MAX_CHARACTERS
        ):
            self._fail(connection, message, "subscribe", "Params Error")
            return None
        if connection.kind == "private":
            if connection.account is None:
                self._fail(connection, message, "subscribe", "Request not authorized")
                return None
            plain_kinds = {topic for topic in args if not topic.endswith(".linear")}
            if any(
                topic.removesuffix(".linear") in plain_kinds
                for topic in args
                if "." in topic and topic.endswith(".linear")
            ):
                self._fail(connection, message, "subscribe", "Params Error")
                return None
        return list(dict.fromkeys(args))

    def _unsubscribe_all(self, connection: Connection, message: dict[str, Any]) -> None:
        args = message.get("args")
        for topic in args if isinstance(args, list) else []:
            if isinstance(topic, str) and topic in connection.topics:
                self._unsubscribe(connection, topic)
        self._acknowledge(connection, message, "unsubscribe")

    def _acknowledge(self, connection: Connection, message: dict[str, Any], op: str) -> None:
        answer = {"success": True, "ret_msg": "", "conn_id": connection.connection_id}
        connection.send(encode({**answer, "req_id": _request_id(message), "op": op}))

    def _trade(self, connection: Connection, message: dict[str, Any], op: str) -> None:
        """Run an order request of the trade socket by the same route as REST."""
        request_id = _request_id(message, "reqId")
        headers: dict[str, str] = {}
        try:
            answer = self._trade_answer(connection, message, op, request_id, headers)
        except ApiError as error:
            answer = {"retCode": error.code, "retMsg": error.message, "result": {}}
        except _AnswerLostError:
            connection.close()
            return
        result = answer.pop("result")
        if not isinstance(result, dict):
            result = {}
        stamp = str(self.exchange.clock.wall_ms)
        connection.send(
            encode(
                {
                    "reqId": request_id,
                    **{name: answer[name] for name in ("retCode", "retMsg")},
                    "op": op,
                    "data": result,
                    "retExtInfo": answer.get("retExtInfo", {}),
                    "header": {
                        **headers,
                        "Traceid": self.exchange.identifier("trace").replace("-", ""),
                        "Timenow": stamp,
                    },
                    "connId": connection.connection_id,
                }
            )
        )

    def _trade_answer(
        self,
        connection: Connection,
        message: dict[str, Any],
        op: str,
        request_id: str,
        headers: dict[str, str],
    ) -> dict[str, Any]:
        path = _TRADE_PATHS.get(op)
        if path is None:
            raise ApiError(10404, "op type is not found or category is not correct/supported")
        if connection.account is None:
            raise ApiError(10003, "Request not authorized")
        if self.injector is not None and self.injector.clock.refusing:
            raise ApiError(10019, "ws trade service is restarting, please reconnect")
        if len(request_id) > _REQUEST_ID_MAX:
            raise ApiError(10001, "params error: reqId too long")
        if request_id:
            if request_id in connection.request_ids:
                raise ApiError(20006, "reqId is duplicated")
            connection.request_ids.add(request_id)
        sent = message.get("header")
        sent = sent if isinstance(sent, dict) else {}
        stamp, window = sent.get("X-BAPI-TIMESTAMP", ""), sent.get("X-BAPI-RECV-WINDOW", "5000")
        check_time(str(stamp), str(window) or "5000", self.exchange.clock.wall_ms)
        args = message.get("args")
        if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], dict):
            raise ApiError(10001, "params error: args must hold one object")
        if args[0].get("category") not in ("linear",):
            raise ApiError(10404, "op type is not found or category is not correct/supported")
        route = ROUTES[("POST", path)]
        requests = args[0].get("request")
        cost = len(requests) if route.batch and isinstance(requests, list) else 1
        allowance = self.limits.take(
            connection.account.account_id,
            path,
            route.limit,
            self.exchange.clock.wall_us,
            cost=min(max(1, cost), route.limit),
        )
        headers |= allowance.headers()
        if not allowance.allowed:
            raise ApiError(10006, "Too many visits. Exceeded the API Rate Limit.")
        return self._carry_out(path, route, connection.account, Params(args[0]))

    def _carry_out(
        self, path: str, route: Route, account: Account, params: Params
    ) -> dict[str, Any]:
        """Run the route, as the fault plan lets it."""
        if self.injector is None:
            return run_route(self.exchange, route, account, params)
        reply = self.injector.before(path, account, params.fields)
        if reply is None:
            answer = run_route(self.exchange, route, account, params)
            reply = self.injector.after(path, Reply(status=200, body=encode(answer)))
        if reply.lost or reply.delay_ms:
            raise _AnswerLostError
        if reply.status != 200:
            raise ApiError(10429, "System level frequency protection")
        decoded: dict[str, Any] = _decode(reply.body)
        return decoded


def _request_id(message: dict[str, Any], name: str = "req_id") -> str:
    value = message.get(name, "")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _echo(message: dict[str, Any]) -> dict[str, str]:
    """A request id goes back only where one came."""
    request_id = _request_id(message)
    return {"req_id": request_id} if request_id else {}
