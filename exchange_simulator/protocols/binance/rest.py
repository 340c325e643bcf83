"""Binance's REST interface as bytes in and bytes out, without a socket."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from exchange_simulator.errors import Refusal
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.binance.account_routes import ACCOUNT_ROUTES
from exchange_simulator.protocols.binance.algo_routes import ALGO_ROUTES
from exchange_simulator.protocols.binance.auth import (
    account_of_key,
    check_signature,
    check_time,
)
from exchange_simulator.protocols.binance.config_routes import CONFIG_ROUTES
from exchange_simulator.protocols.binance.context import Call, Handler, Route, require_symbol
from exchange_simulator.protocols.binance.fault_words import Frame
from exchange_simulator.protocols.binance.history_routes import HISTORY_ROUTES
from exchange_simulator.protocols.binance.ledger import Ledger
from exchange_simulator.protocols.binance.limits import Limits
from exchange_simulator.protocols.binance.listen_keys import ListenKeys
from exchange_simulator.protocols.binance.market_routes import MARKET_ROUTES
from exchange_simulator.protocols.binance.order_routes import ORDER_ROUTES
from exchange_simulator.protocols.binance.wire import ApiError, api_error, fields_of
from exchange_simulator.protocols.countdown import Countdowns
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.state import Exchange

__all__ = ["ROUTES", "Rest"]

ROUTES: dict[tuple[str, str], Route] = {
    **MARKET_ROUTES,
    **ORDER_ROUTES,
    **ALGO_ROUTES,
    **ACCOUNT_ROUTES,
    **CONFIG_ROUTES,
    **HISTORY_ROUTES,
}
_NOT_FOUND = b"<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>"


class Rest:
    """Answers requests. The caller has brought the exchange to the present before."""

    def __init__(
        self, exchange: Exchange, ledger: Ledger, limits: Limits, keys: ListenKeys
    ) -> None:
        """Serve an exchange under these limits."""
        self.exchange = exchange
        self.ledger = ledger
        self.limits = limits
        self.keys = keys
        self.countdowns = Countdowns(exchange)
        self.injector: Injector[Frame] | None = None
        self.routes = dict(ROUTES)
        for method, handler in (
            ("POST", self._create_key),
            ("PUT", self._prolong_key),
            ("DELETE", self._delete_key),
        ):
            self.routes[(method, "/fapi/v1/listenKey")] = Route(handler=handler, access="keyed")
        countdown = Route(handler=self._start_countdown, access="signed", weight=10)
        self.routes[("POST", "/fapi/v1/countdownCancelAll")] = countdown

    def handle(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        address: str = "127.0.0.1",
    ) -> Reply:
        """Answer a request; `target` is path and query exactly as sent, header names lower case."""
        path, _, query = target.partition("?")
        route = self.routes.get((method, path))
        if route is None:
            return Reply(status=404, body=_NOT_FOUND, content_type="text/html")
        wall_us = self.exchange.clock.wall_us
        given: dict[str, str] = {}
        place = f"{method} {path}"
        try:
            used = self.limits.take_weight(address, route.weight, wall_us)
            given["X-MBX-USED-WEIGHT-1M"] = str(used)
            raw = query.encode(errors="replace"), body
            values = _values(*raw)
            account = self._admitted(route, headers, raw, values, given)
            if self.injector is not None:
                replaced = self.injector.before(place, account, values)
                if replaced is not None:
                    replaced.headers = {**given, **replaced.headers}
                    return replaced
            answer = self.run(route.handler, account, values)
            status = 200
        except ApiError as error:
            answer, status = {"code": error.code, "msg": error.message}, error.status
            if status in (418, 429):
                given["Retry-After"] = str(self.limits.retry_after_s(address, wall_us))
        reply = Reply(status=status, body=encode(answer), headers=given)
        return reply if self.injector is None else self.injector.after(place, reply)

    def _admitted(
        self,
        route: Route,
        headers: Mapping[str, str],
        raw: tuple[bytes, bytes],
        values: Mapping[str, Any],
        given: dict[str, str],
    ) -> Account:
        """Return who asks, once key, signature, time and order limits are right."""
        fields = fields_of(values)
        account = self.exchange.crowd
        if route.access != "public":
            account = account_of_key(self.exchange, headers.get("x-mbx-apikey", ""))
        if route.access == "signed":
            check_signature(account, *raw)
            check_time(fields, self.exchange.clock.wall_ms)
        if route.orders:
            number = _batch_size(values) if route.batch else route.orders
            wall_us = self.exchange.clock.wall_us
            given |= self.limits.take_orders(account.account_id, number, wall_us)
        return account

    def run(self, handler: Handler, account: Account, values: Mapping[str, Any]) -> Any:
        """Run a route for an account and end the operation.

        Raises:
            ApiError: also for what the exchange refuses.
        """
        call = Call(
            exchange=self.exchange,
            ledger=self.ledger,
            fields=fields_of(values),
            account=account,
        )
        try:
            return handler(call)
        except Refusal as refusal:
            raise api_error(refusal, self.exchange) from None
        finally:
            self.exchange.flush()

    def _start_countdown(self, call: Call) -> dict[str, Any]:
        symbol = require_symbol(call)
        call.fields.required("countdownTime")
        after_ms = call.fields.integer("countdownTime", 0, most=86_400_000)
        self.countdowns.start(call.account, symbol, after_ms)
        return {"symbol": symbol, "countdownTime": str(after_ms)}

    def _create_key(self, call: Call) -> dict[str, Any]:
        return {"listenKey": self.keys.create(call.account)}

    def _prolong_key(self, call: Call) -> dict[str, Any]:
        return {"listenKey": self.keys.prolong(call.account)}

    def _delete_key(self, call: Call) -> dict[str, Any]:
        self.keys.delete(call.account)
        return {}


def _values(query: bytes, body: bytes) -> dict[str, Any]:
    """Read the query and the form or JSON in the body; the query wins."""
    values: dict[str, Any] = {}
    for source in (body, query):
        text = source.decode(errors="replace")
        if text.startswith("{"):
            decoded = decode(text)
            values |= decoded if isinstance(decoded, dict) else {}
        else:
            try:
                values |= dict(parse_qsl(text, keep_blank_values=True))
            except ValueError:
                raise ApiError(-1101, "Too many parameters sent for this endpoint.") from None
    return values


def _batch_size(values: Mapping[str, Any]) -> int:
    items = values.get("batchOrders")
    decoded = decode(items) if isinstance(items, str) else items
    return len(decoded) if isinstance(decoded, list) and 1 <= len(decoded) <= 5 else 1
