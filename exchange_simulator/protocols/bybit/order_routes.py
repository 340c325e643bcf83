"""Private REST endpoints about orders: create, amend, cancel, batches, open and closed orders."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import (
    Order,
    OrderKind,
    Side,
    Status,
    StopKind,
    StopMode,
    TimeInForce,
    TriggerBy,
)
from exchange_simulator.orders import OrderRequest, cancel, cancel_all, find, place
from exchange_simulator.protocols.bybit.codes import api_error
from exchange_simulator.protocols.bybit.context import Call, Route, require_linear, require_symbol
from exchange_simulator.protocols.bybit.pages import page, window
from exchange_simulator.protocols.bybit.rows import execution_row, order_row
from exchange_simulator.protocols.bybit.wire import ApiError, Params

__all__ = ["ORDER_ROUTES"]

_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ID_LENGTH = 36
_BATCH_MAX = 20
_RECENT_CLOSED = 500
_SELF_MATCH = ("None", "CancelMaker", "CancelTaker", "CancelBoth")


def _trigger_by(params: Params, name: str) -> TriggerBy:
    if params.text(name) == "UNKNOWN":
        return TriggerBy.LAST
    return params.choice(name, TriggerBy, TriggerBy.LAST)


def _client_id(params: Params) -> str:
    text = params.text("orderLinkId")
    if len(text) > _ID_LENGTH or not _ID_CHARACTERS.issuperset(text):
        raise ApiError(10001, "params error: OrderLinkId invalid")
    return text


def order_request(call: Call) -> OrderRequest:
    """Read a create request.

    Raises:
        ApiError: a field is missing or cannot be read.
    """
    params = call.params
    symbol = require_symbol(call)
    side = params.choice("side", Side)
    kind = params.choice("orderType", OrderKind)
    qty = params.decimal("qty")
    if qty is None:
        raise ApiError(10001, "params error: Qty invalid")
    reduce_only, close_on_trigger = params.flag("reduceOnly"), params.flag("closeOnTrigger")
    if qty == 0 and not (reduce_only and close_on_trigger):
        raise ApiError(10001, "The number of contracts exceeds minimum limit allowed")
    trigger, rises = _trigger(params)
    time_in_force = params.choice("timeInForce", TimeInForce, TimeInForce.GTC)
    mode = params.text("tpslMode")
    if mode not in ("", "Full", "Partial"):
        raise ApiError(10001, "params error: tpslMode invalid")
    self_match = params.text("smpType", "None")
    if self_match not in _SELF_MATCH:
        raise ApiError(10001, "params error: smpType invalid")
    for name in ("tpOrderType", "slOrderType"):
        if params.text(name) == "Limit" and mode != "Partial":
            raise ApiError(10001, "tpslMode should be Partial when tp/sl order type is Limit")
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=kind,
        qty=qty,
        leg_index=params.integer("positionIdx", 0, most=2),
        price=params.decimal("price"),
        time_in_force=time_in_force,
        reduce_only=reduce_only,
        close_on_trigger=close_on_trigger,
        client_id=_client_id(params),
        trigger_price=trigger,
        trigger_rises=rises,
        trigger_by=_trigger_by(params, "triggerBy"),
        take_profit=params.decimal("takeProfit") or None,
        stop_loss=params.decimal("stopLoss") or None,
        take_profit_by=_trigger_by(params, "tpTriggerBy"),
        stop_loss_by=_trigger_by(params, "slTriggerBy"),
        take_profit_limit=params.decimal("tpLimitPrice") or None,
        stop_loss_limit=params.decimal("slLimitPrice") or None,
        stop_mode=StopMode(mode),
        self_match=self_match,
    )


def _trigger(params: Params) -> tuple[Decimal | None, bool]:
    trigger = params.decimal("triggerPrice")
    direction = params.integer("triggerDirection", 0, most=2)
    if not trigger:
        if direction:
            raise ApiError(10001, "TriggerPrice is required for conditional orders")
        return None, False
    if not direction:
        raise ApiError(10001, "triggerDirection invalid")
    return trigger, direction == 1


def _ids(order: Order) -> dict[str, Any]:
    return {"orderId": order.order_id, "orderLinkId": order.client_id}


def _create(call: Call) -> Mapping[str, Any]:
    return _ids(place(call.exchange, call.account, order_request(call)))


def _find(call: Call) -> Order:
    symbol = require_symbol(call)
    order_id, client_id = call.params.text("orderId"), call.params.text("orderLinkId")
    if not order_id and not client_id:
        raise ApiError(10001, "params error: orderId or orderLinkId is required")
    return find(call.exchange, call.account, symbol=symbol, order_id=order_id, client_id=client_id)


def _amend(call: Call) -> Mapping[str, Any]:
    params = call.params
    try:
        order = _find(call)
    except Refusal as refusal:
        if refusal.reason is not Reason.ORDER_NOT_FOUND:
            raise
        raise ApiError(110001, "order not exists or too late to replace") from None
    by = params.text("triggerBy")
    request = AmendRequest(
        qty=params.decimal("qty"),
        price=params.decimal("price"),
        trigger_price=params.decimal("triggerPrice") or None,
        trigger_by=_trigger_by(params, "triggerBy") if by else None,
        take_profit=params.decimal("takeProfit"),
        stop_loss=params.decimal("stopLoss"),
        take_profit_by=_trigger_by(params, "tpTriggerBy"),
        stop_loss_by=_trigger_by(params, "slTriggerBy"),
    )
    amend(call.exchange, call.account, order, request)
    return _ids(order)


def _cancel(call: Call) -> Mapping[str, Any]:
    order = _find(call)
    cancel(call.exchange, call.account, order)
    return _ids(order)


_FILTERS: dict[str, Callable[[Order], bool]] = {
    "": lambda order: True,
    "Order": lambda order: order.status is not Status.UNTRIGGERED,
    "StopOrder": lambda order: order.status is Status.UNTRIGGERED,
    "tpslOrder": lambda order: order.stop_kind not in (StopKind.NONE, StopKind.CONDITIONAL),
}


def _scope(call: Call) -> Callable[[Order], bool]:
    """Read symbol, baseCoin or settleCoin; one of them is required."""
    params = call.params
    if not require_linear(params):
        return lambda order: False
    symbol, base = params.text("symbol"), params.text("baseCoin")
    settle = params.text("settleCoin")
    if not (symbol or base or settle):
        raise ApiError(
            10001,
            "Missing some parameters that must be filled in, symbol or settleCoin or baseCoin",
        )
    if symbol and symbol not in call.exchange.markets:
        raise ApiError(10001, "params error: symbol invalid")
    kind = _FILTERS.get(params.text("orderFilter"))
    if kind is None:
        raise ApiError(10001, "params error: orderFilter invalid")

    def chosen(order: Order) -> bool:
        instrument = call.exchange.instrument(order.symbol)
        if symbol:
            return order.symbol == symbol and kind(order)
        return base in ("", instrument.base) and settle in ("", instrument.quote) and kind(order)

    return chosen


def _cancel_all(call: Call) -> Mapping[str, Any]:
    orders = cancel_all(call.exchange, call.account, chosen=_scope(call))
    return {"list": [_ids(order) for order in orders], "success": "1"}


def _realtime(call: Call) -> Mapping[str, Any]:
    params, account = call.params, call.account
    require_linear(params)
    order_id, client_id = params.text("orderId"), params.text("orderLinkId")
    rows: list[Order]
    if order_id or client_id:
        rows = _by_id(call, order_id, client_id)
    elif params.integer("openOnly", 0, most=2) == 0:
        chosen = _scope(call)
        rows = [order for order in account.open_orders.values() if chosen(order)]
        rows.reverse()
    else:
        chosen = _scope(call)
        closed = list(account.closed_orders.values())[-_RECENT_CLOSED:]
        rows = [order for order in reversed(closed) if chosen(order)]
    listed, cursor = page(rows, params, default=20, most=50, name=lambda row: row.order_id)
    return {
        "category": params.text("category"),
        "list": [order_row(order) for order in listed],
        "nextPageCursor": cursor,
    }


def _by_id(call: Call, order_id: str, client_id: str) -> list[Order]:
    """An order by id, open or closed; the exchange's id wins."""
    account = call.account
    if order_id:
        order = account.open_orders.get(order_id) or account.closed_orders.get(order_id)
    else:
        order = account.by_client_id.get(client_id)
    symbol = call.params.text("symbol")
    return [order] if order is not None and symbol in ("", order.symbol) else []


def _history(call: Call) -> Mapping[str, Any]:
    params, account = call.params, call.account
    rows: list[Order] = []
    if require_linear(params):
        order_id, client_id = params.text("orderId"), params.text("orderLinkId")
        symbol, status = params.text("symbol"), params.text("orderStatus")
        base = params.text("baseCoin")
        start_ms, end_ms = window(params, call.exchange.now_ms)
        if order_id or client_id:
            rows = [order for order in _by_id(call, order_id, client_id) if not order.open]
        else:
            rows = [
                order
                for order in reversed(account.closed_orders.values())
                if symbol in ("", order.symbol)
                and status in ("", order.status.value)
                and base in ("", call.exchange.instrument(order.symbol).base)
                and start_ms <= order.created_ms <= end_ms
            ]
    listed, cursor = page(rows, params, default=20, most=50, name=lambda row: row.order_id)
    return {
        "category": params.text("category"),
        "list": [order_row(order) for order in listed],
        "nextPageCursor": cursor,
    }


def _executions(call: Call) -> Mapping[str, Any]:
    params, account = call.params, call.account
    rows = []
    if require_linear(params):
        start_ms, end_ms = window(params, call.exchange.now_ms)
        wanted = {
            "symbol": params.text("symbol"),
            "order_id": params.text("orderId"),
            "client_id": params.text("orderLinkId"),
            "kind": params.text("execType"),
        }
        rows = [
            row
            for row in reversed(account.executions)
            if start_ms <= row.time_ms <= end_ms
            and all(not value or str(getattr(row, name)) == value for name, value in wanted.items())
        ]
    listed, cursor = page(rows, params, default=50, most=100, name=lambda row: row.execution_id)
    return {
        "category": params.text("category"),
        "list": [execution_row(row) for row in listed],
        "nextPageCursor": cursor,
    }


def _batch(call: Call, single: Callable[[Call], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Run up to 20 requests; each has its own code in retExtInfo."""
    requests = call.params.fields.get("request")
    if not isinstance(requests, list) or not 1 <= len(requests) <= _BATCH_MAX:
        raise ApiError(10001, "params error: request size must be between 1 and 20")
    category = call.params.required("category")
    rows: list[Mapping[str, Any]] = []
    codes: list[Mapping[str, Any]] = []
    for fields in requests:
        fields = fields if isinstance(fields, dict) else {}
        one = Call(
            exchange=call.exchange,
            params=Params({**fields, "category": category}),
            account=call.account,
        )
        row = {
            "category": category,
            "symbol": _shown(fields, "symbol"),
            "orderId": "",
            "orderLinkId": _shown(fields, "orderLinkId"),
        }
        code = {"code": 0, "msg": "OK"}
        try:
            row.update(single(one))
            call.exchange.flush()
            created = str(call.exchange.now_ms)
        except (ApiError, Refusal) as error:
            known = api_error(error) if isinstance(error, Refusal) else error
            code = {"code": known.code, "msg": known.message}
            created = ""
        if single is _create:
            row["createAt"] = created
        rows.append(row)
        codes.append(code)
    return {"list": rows, "retExtInfo": {"list": codes}}


def _shown(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _create_batch(call: Call) -> Mapping[str, Any]:
    return _batch(call, _create)


def _amend_batch(call: Call) -> Mapping[str, Any]:
    return _batch(call, _amend)


def _cancel_batch(call: Call) -> Mapping[str, Any]:
    return _batch(call, _cancel)


ORDER_ROUTES = {
    ("POST", "/v5/order/create"): Route(handler=_create, private=True, limit=10),
    ("POST", "/v5/order/amend"): Route(handler=_amend, private=True, limit=10),
    ("POST", "/v5/order/cancel"): Route(handler=_cancel, private=True, limit=10),
    ("POST", "/v5/order/cancel-all"): Route(handler=_cancel_all, private=True, limit=10),
    ("POST", "/v5/order/create-batch"): Route(
        handler=_create_batch, private=True, limit=10, batch=True
    ),
    ("POST", "/v5/order/amend-batch"): Route(
        handler=_amend_batch, private=True, limit=10, batch=True
    ),
    ("POST", "/v5/order/cancel-batch"): Route(
        handler=_cancel_batch, private=True, limit=10, batch=True
    ),
    ("GET", "/v5/order/realtime"): Route(handler=_realtime, private=True),
    ("GET", "/v5/order/history"): Route(handler=_history, private=True),
    ("GET", "/v5/execution/list"): Route(handler=_executions, private=True),
}
