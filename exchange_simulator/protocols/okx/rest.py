"""OKX's REST interface as bytes in and bytes out; one envelope with code, msg and data."""

from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from exchange_simulator.errors import Refusal
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.countdown import Countdowns
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.protocols.okx.account_routes import ACCOUNT_ROUTES
from exchange_simulator.protocols.okx.algo_routes import ALGO_ROUTES
from exchange_simulator.protocols.okx.auth import account_of_request
from exchange_simulator.protocols.okx.context import Call, Route
from exchange_simulator.protocols.okx.fault_words import Frame
from exchange_simulator.protocols.okx.ledger import Ledger
from exchange_simulator.protocols.okx.market_routes import MARKET_ROUTES
from exchange_simulator.protocols.okx.reference_routes import REFERENCE_ROUTES
from exchange_simulator.protocols.okx.trade_routes import TRADE_ROUTES
from exchange_simulator.protocols.okx.wire import ApiError, api_error, fields_of
from exchange_simulator.state import Exchange

__all__ = ["ROUTES", "Rest"]

ROUTES: dict[tuple[str, str], Route] = {
    **MARKET_ROUTES,
    **TRADE_ROUTES,
    **ALGO_ROUTES,
    **ACCOUNT_ROUTES,
    **REFERENCE_ROUTES,
}
_NOT_FOUND = b'{"code":"404","data":{},"detailMsg":"","error_code":"404","msg":"Not Found"}'
_WINDOW_US = 2_000_000
_BATCH_MAX = 20


class Rest:
    """Answers requests. The caller has brought the exchange to the present before."""

    def __init__(self, exchange: Exchange, ledger: Ledger, *, limits_on: bool) -> None:
        """Serve an exchange, with or without the limits per two seconds."""
        self.exchange = exchange
        self.ledger = ledger
        self.countdowns = Countdowns(exchange)
        self.injector: Injector[Frame] | None = None
        self.routes = dict(ROUTES)
        self.routes[("POST", "/api/v5/trade/cancel-all-after")] = Route(
            handler=self._start_countdown, private=True, limit=2
        )
        self._limits_on = limits_on
        self._used: dict[tuple[int, str], deque[int]] = {}

    def handle(self, *, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request; `target` is path and query exactly as sent, header names lower case."""
        path, _, query = target.partition("?")
        route = self.routes.get((method, path))
        if route is None:
            return Reply(status=404, body=_NOT_FOUND)
        status, place = 200, f"{method} {path}"
        try:
            account = self.exchange.crowd
            if route.private:
                account = account_of_request(self.exchange, headers, method, target, body)
            self.take(account, path, route)
            values, items = _read(method, query, body)
            if self.injector is not None:
                fields = items[0] if len(items) == 1 else values
                replaced = self.injector.before(place, account, fields)
                if replaced is not None:
                    return replaced
            answer = self.run(route, account, values, items)
        except ApiError as error:
            answer = {"code": error.code, "data": [], "msg": error.message}
            status = error.status
        reply = Reply(status=status, body=encode(answer))
        return reply if self.injector is None else self.injector.after(place, reply)

    def _start_countdown(self, call: Call) -> list[Any]:
        """Zero stops it; otherwise 10 to 120 seconds, one countdown per order tag."""
        call.fields.required("timeOut")
        after_s = call.fields.integer("timeOut", 0, most=120)
        if 0 < after_s < 10:
            raise ApiError("51000", "Parameter timeOut error ", 400)
        due_ms = self.countdowns.start(call.account, "", after_s * 1000)
        stamp = str(self.exchange.clock.wall_ms)
        return [{"triggerTime": str(due_ms), "tag": call.fields.text("tag"), "ts": stamp}]

    def take(self, account: Account, path: str, route: Route) -> None:
        """Count a request.

        Raises:
            ApiError: 50011 with HTTP 429 above the limit of two seconds.
        """
        if not self._limits_on:
            return
        now_us = self.exchange.clock.wall_us
        row = self._used.setdefault((account.account_id, path), deque())
        while row and row[0] <= now_us - _WINDOW_US:
            row.popleft()
        if len(row) >= route.limit:
            raise ApiError("50011", "Too Many Requests", 429)
        row.append(now_us)

    def run(
        self, route: Route, account: Account, values: Mapping[str, Any], items: list[Any]
    ) -> dict[str, Any]:
        """Run a route and return its envelope.

        Raises:
            ApiError: also for what the exchange refuses, unless it is an order's own fault.
        """
        if route.placing:
            return self._place(route, account, items or [values])
        try:
            data = self._once(route, account, values)
        finally:
            self.exchange.flush()
        return {"code": "0", "data": data, "msg": ""}

    def _once(self, route: Route, account: Account, values: Mapping[str, Any]) -> list[Any]:
        call = Call(
            exchange=self.exchange,
            ledger=self.ledger,
            fields=fields_of(values),
            account=account,
            items=[],
        )
        try:
            return route.handler(call)
        except Refusal as refusal:
            raise api_error(refusal) from None

    def _place(self, route: Route, account: Account, items: list[Any]) -> dict[str, Any]:
        """Run each item by itself: code 0 if all succeeded, 1 if none did, 2 between."""
        if len(items) > _BATCH_MAX:
            raise ApiError("50037", "The number of orders exceeds the limit.", 400)
        rows: list[Any] = []
        for item in items:
            values = item if isinstance(item, dict) else {}
            try:
                rows += self._once(route, account, values)
            except ApiError as error:
                rows.append(_failed(values, error))
            self.exchange.flush()
        failed = sum(row["sCode"] != "0" for row in rows)
        code = "0" if not failed else "1" if failed == len(rows) else "2"
        text = {"0": "", "1": "All operations failed", "2": "Bulk operation partially succeeded"}
        stamp = str(self.exchange.clock.wall_us)
        return {"code": code, "data": rows, "inTime": stamp, "msg": text[code], "outTime": stamp}


def _failed(values: Mapping[str, Any], error: ApiError) -> dict[str, Any]:
    shown = {
        name: value if isinstance(value := values.get(name, ""), str) else ""
        for name in ("clOrdId", "ordId", "tag", "algoId", "algoClOrdId")
    }
    return {**shown, "sCode": error.code, "sMsg": error.message}


def _read(method: str, query: str, body: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Read the query, or the JSON object or list in the body.

    Raises:
        ApiError: 50002, the body is no JSON.
    """
    if method == "GET":
        try:
            return dict(parse_qsl(query, keep_blank_values=True)), []
        except ValueError:
            raise ApiError("51000", "Parameter error ", 400) from None
    if not body:
        return {}, []
    decoded = decode(body)
    if isinstance(decoded, dict):
        return decoded, []
    if isinstance(decoded, list) and decoded:
        return {}, decoded
    raise ApiError("50002", "JSON syntax error", 400)
