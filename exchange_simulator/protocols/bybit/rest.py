"""Bybit's REST interface as bytes in and bytes out, without a socket."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from exchange_simulator.errors import Refusal
from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Reply, encode
from exchange_simulator.protocols.bybit.account_routes import ACCOUNT_ROUTES
from exchange_simulator.protocols.bybit.asset_routes import ASSET_ROUTES
from exchange_simulator.protocols.bybit.auth import account_of_request
from exchange_simulator.protocols.bybit.codes import api_error
from exchange_simulator.protocols.bybit.context import Call, Route
from exchange_simulator.protocols.bybit.fault_words import Frame
from exchange_simulator.protocols.bybit.limits import Allowance, Limits
from exchange_simulator.protocols.bybit.market_routes import MARKET_ROUTES
from exchange_simulator.protocols.bybit.order_routes import ORDER_ROUTES
from exchange_simulator.protocols.bybit.wire import ApiError, Params
from exchange_simulator.protocols.injector import Injector
from exchange_simulator.state import Exchange

__all__ = ["ROUTES", "Rest", "run_route"]

ROUTES: dict[tuple[str, str], Route] = {
    **MARKET_ROUTES,
    **ORDER_ROUTES,
    **ACCOUNT_ROUTES,
    **ASSET_ROUTES,
}
_decode = msgspec.json.Decoder().decode
_FORBIDDEN = (
    b"<html><head><title>403 Forbidden</title></head><body>access too frequent</body></html>"
)
_NOT_FOUND = b"<html><head><title>404</title></head><body>404 Not Found</body></html>"
_RATE_TEXT = "Too many visits. Exceeded the API Rate Limit."


class Rest:
    """Answers requests. The caller has brought the exchange to the present before."""

    def __init__(self, exchange: Exchange, limits: Limits) -> None:
        """Serve an exchange under these limits."""
        self.exchange = exchange
        self.limits = limits
        self.injector: Injector[Frame] | None = None

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
        wall_us = self.exchange.clock.wall_us
        if not self.limits.address_allowed(address, wall_us):
            return Reply(status=403, body=_FORBIDDEN, content_type="text/html")
        path, _, query = target.partition("?")
        route = ROUTES.get((method, path))
        if route is None:
            return Reply(status=404, body=_NOT_FOUND, content_type="text/html")
        payload = body if method == "POST" else query.encode()
        allowance = Allowance(limit=0, remaining=0, reset_ms=wall_us // 1000, allowed=True)
        try:
            account = self.exchange.crowd
            if route.private:
                account = account_of_request(
                    self.exchange, headers, payload, self.exchange.clock.wall_ms
                )
            params = _params(method, query, body)
            if route.private:
                allowance = self._take(account, path, route, params, wall_us)
            if not allowance.allowed:
                raise ApiError(10006, _RATE_TEXT)
            if self.injector is not None:
                replaced = self.injector.before(path, account, params.fields)
                if replaced is not None:
                    replaced.headers = {**allowance.headers(), **replaced.headers}
                    return replaced
            answer = run_route(self.exchange, route, account, params)
        except ApiError as error:
            answer = _failure(error)
        answer["time"] = self.exchange.clock.wall_ms
        reply = Reply(status=200, body=encode(answer), headers=allowance.headers())
        return reply if self.injector is None else self.injector.after(path, reply)

    def _take(
        self, account: Account, path: str, route: Route, params: Params, wall_us: int
    ) -> Allowance:
        requests = params.fields.get("request")
        cost = len(requests) if route.batch and isinstance(requests, list) else 1
        cost = min(max(1, cost), route.limit)
        return self.limits.take(account.account_id, path, route.limit, wall_us, cost=cost)


def run_route(exchange: Exchange, route: Route, account: Account, params: Params) -> dict[str, Any]:
    """Run a route and return its envelope without the time; errors become envelopes too."""
    try:
        result = dict(route.handler(Call(exchange=exchange, params=params, account=account)))
    except Refusal as refusal:
        return _failure(api_error(refusal))
    except ApiError as error:
        return _failure(error)
    finally:
        exchange.flush()
    info = result.pop("retExtInfo", {}) if route.batch else {}
    return {"retCode": 0, "retMsg": route.message, "result": result, "retExtInfo": info}


def _failure(error: ApiError) -> dict[str, Any]:
    return {
        "retCode": error.code,
        "retMsg": error.message,
        "result": error.result,
        "retExtInfo": {},
    }


def _params(method: str, query: str, body: bytes) -> Params:
    """Read the query or the JSON body.

    Raises:
        ApiError: the body is no JSON object.
    """
    if method != "POST":
        return Params(dict(parse_qsl(query, keep_blank_values=True)))
    if not body:
        return Params({})
    try:
        fields = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ApiError(10001, "params error: request body is no valid JSON") from None
    if not isinstance(fields, dict):
        raise ApiError(10001, "params error: request body must be a JSON object")
    return Params(fields)
