"""Orders of the matching engine: new, modify, cancel, query, batches, and trades."""

from dataclasses import dataclass
from typing import Any

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import Order, RejectCause
from exchange_simulator.orders import cancel, cancel_all, place
from exchange_simulator.protocols.answers import decode
from exchange_simulator.protocols.binance.context import (
    Call,
    Handler,
    Route,
    optional_symbol,
    require_symbol,
    window,
)
from exchange_simulator.protocols.binance.order_reading import (
    SIDES,
    check_closing,
    order_request,
    price_of,
    quantity_of,
)
from exchange_simulator.protocols.binance.rows import order_row, trade_row
from exchange_simulator.protocols.binance.wire import ApiError, api_error, fields_of

__all__ = ["ORDER_ROUTES"]

_RESPONSES = {"ACK": True, "RESULT": False}
_BATCH_MAX = 5
_CANCEL_BATCH_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """What a post-only or fill-or-kill order is answered with."""

    code: int
    text: str


_REFUSED = {
    RejectCause.POST_ONLY: _Refused(
        code=-5022,
        text="Due to the order could not be executed as maker,"
        " the Post Only order will be rejected.",
    ),
    RejectCause.NO_FULL_FILL: _Refused(
        code=-5021,
        text="Due to the order could not be filled immediately, the FOK order has been rejected.",
    ),
}


def _new(call: Call) -> dict[str, Any]:
    request = order_request(call)
    acknowledged = call.fields.one_of("newOrderRespType", _RESPONSES, "ACK")
    check_closing(call, request)
    order = place(call.exchange, call.account, request)
    refusal = _REFUSED.get(order.reject_cause)
    if refusal is not None and not order.filled:
        raise ApiError(refusal.code, refusal.text)
    row = order_row(call.exchange, call.ledger, order, acknowledged=acknowledged)
    return row | {"cumQty": row["executedQty"]}


def _test(call: Call) -> dict[str, Any]:
    order_request(call)
    return {}


def find_order(call: Call, *, any_state: bool) -> Order:
    """Return the order that a request names by orderId, which wins, or origClientOrderId.

    Raises:
        ApiError: -1102 without a name, -2013 where there is no such order.
    """
    symbol = require_symbol(call)
    fields, account = call.fields, call.account
    number, name = fields.integer("orderId", 0), fields.text("origClientOrderId")
    if not number and not name:
        raise ApiError(
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        )
    order = call.ledger.order(number, account) if number else account.by_client_id.get(name)
    if (
        order is None
        or order.symbol != symbol
        or not call.ledger.visible(order)
        or not (any_state or order.open)
    ):
        raise ApiError(-2013, "Order does not exist.")
    return order


def _modify(call: Call) -> dict[str, Any]:
    order = find_order(call, any_state=False)
    instrument = call.exchange.instrument(order.symbol)
    if call.fields.one_of("side", SIDES) is not order.side:
        raise ApiError(-1117, "Invalid side.")
    change = AmendRequest(
        qty=quantity_of(call.fields, instrument), price=price_of(call.fields, instrument)
    )
    try:
        amend(call.exchange, call.account, order, change)
    except Refusal as refusal:
        # The vendor's rule: shrinking an order to what is filled already cancels the rest.
        if refusal.reason is not Reason.QUANTITY_ALREADY_FILLED:
            raise
        cancel(call.exchange, call.account, order)
    row = order_row(call.exchange, call.ledger, order)
    return row | {"cumQty": row["executedQty"]}


def _cancel(call: Call) -> dict[str, Any]:
    try:
        order = find_order(call, any_state=False)
    except ApiError as error:
        if error.code == -2013:
            raise ApiError(-2011, "Unknown order sent.") from None
        raise
    cancel(call.exchange, call.account, order)
    row = order_row(call.exchange, call.ledger, order)
    return row | {"cumQty": row["executedQty"]}


def _query(call: Call) -> dict[str, Any]:
    return order_row(call.exchange, call.ledger, find_order(call, any_state=True))


def _query_open(call: Call) -> dict[str, Any]:
    return order_row(call.exchange, call.ledger, find_order(call, any_state=False))


def _open_orders(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    return [
        order_row(call.exchange, call.ledger, order)
        for order in call.account.open_orders.values()
        if symbol in ("", order.symbol) and call.ledger.visible(order)
    ]


def _all_orders(call: Call) -> list[dict[str, Any]]:
    symbol = require_symbol(call)
    account, ledger = call.account, call.ledger
    limit = min(call.fields.integer("limit", 500, least=1), 1000)
    first = call.fields.integer("orderId", 0)
    start_ms, end_ms = window(call)
    orders = [
        order
        for order in (*account.closed_orders.values(), *account.open_orders.values())
        if order.symbol == symbol and ledger.visible(order)
    ]
    orders.sort(key=ledger.order_number)
    if first:
        chosen = [order for order in orders if ledger.order_number(order) >= first][:limit]
    else:
        chosen = [order for order in orders if start_ms <= order.created_ms <= end_ms][-limit:]
    return [order_row(call.exchange, ledger, order) for order in chosen]


def _cancel_all(call: Call) -> dict[str, Any]:
    symbol = require_symbol(call)
    cancel_all(
        call.exchange,
        call.account,
        chosen=lambda order: order.symbol == symbol and call.ledger.visible(order),
    )
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def _trades(call: Call) -> list[dict[str, Any]]:
    symbol = require_symbol(call)
    limit = min(call.fields.integer("limit", 500, least=1), 1000)
    order_id, first = call.fields.integer("orderId", 0), call.fields.integer("fromId", -1)
    start_ms, end_ms = window(call)
    rows = [
        trade_row(call.exchange, call.ledger, fill)
        for fill in call.account.executions
        if fill.symbol == symbol and fill.order_kind is not None
    ]
    if order_id:
        rows = [row for row in rows if row["orderId"] == order_id]
    if first >= 0:
        return [row for row in rows if row["id"] >= first][:limit]
    return [row for row in rows if start_ms <= row["time"] <= end_ms][-limit:]


def run_items(call: Call, items: list[Any], single: Handler) -> list[Any]:
    """Run each item of a batch by itself; an item that fails is answered with its error."""
    rows: list[Any] = []
    for item in items:
        one = Call(
            exchange=call.exchange,
            ledger=call.ledger,
            fields=fields_of(item if isinstance(item, dict) else {}),
            account=call.account,
        )
        try:
            rows.append(single(one))
        except Refusal as refusal:
            error = api_error(refusal, call.exchange)
            rows.append({"code": error.code, "msg": error.message})
        except ApiError as error:
            rows.append({"code": error.code, "msg": error.message})
        call.exchange.flush()
    return rows


def _batch_items(call: Call, name: str, most: int) -> list[Any]:
    text = call.fields.values.get(name)
    items = decode(text) if isinstance(text, str) else text
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        raise ApiError(-4082, "Invalid number of batch place orders.")
    return items


def _new_batch(call: Call) -> list[Any]:
    return run_items(call, _batch_items(call, "batchOrders", _BATCH_MAX), _new)


def _modify_batch(call: Call) -> list[Any]:
    return run_items(call, _batch_items(call, "batchOrders", _BATCH_MAX), _modify)


def _cancel_batch(call: Call) -> list[Any]:
    symbol = require_symbol(call)
    values = {name.lower(): value for name, value in call.fields.values.items()}
    for listed, key in (
        ("orderidlist", "orderId"),
        ("origclientorderidlist", "origClientOrderId"),
    ):
        if listed in values:
            lowered = Call(
                exchange=call.exchange,
                ledger=call.ledger,
                fields=fields_of(values),
                account=call.account,
            )
            names = _batch_items(lowered, listed, _CANCEL_BATCH_MAX)
            items = [{"symbol": symbol, key: name} for name in names]
            return run_items(call, items, _cancel)
    raise ApiError(
        -1102,
        "Param 'orderIdList' or 'origClientOrderIdList' must be sent, but both were empty/null!",
    )


ORDER_ROUTES = {
    ("POST", "/fapi/v1/order"): Route(handler=_new, access="signed", weight=0, orders=1),
    ("PUT", "/fapi/v1/order"): Route(handler=_modify, access="signed", orders=1),
    ("DELETE", "/fapi/v1/order"): Route(handler=_cancel, access="signed"),
    ("GET", "/fapi/v1/order"): Route(handler=_query, access="signed"),
    ("POST", "/fapi/v1/order/test"): Route(handler=_test, access="signed"),
    ("POST", "/fapi/v1/batchOrders"): Route(
        handler=_new_batch, access="signed", weight=5, orders=1, batch=True
    ),
    ("PUT", "/fapi/v1/batchOrders"): Route(
        handler=_modify_batch, access="signed", weight=5, orders=1, batch=True
    ),
    ("DELETE", "/fapi/v1/batchOrders"): Route(handler=_cancel_batch, access="signed"),
    ("DELETE", "/fapi/v1/allOpenOrders"): Route(handler=_cancel_all, access="signed"),
    ("GET", "/fapi/v1/openOrder"): Route(handler=_query_open, access="signed"),
    ("GET", "/fapi/v1/openOrders"): Route(handler=_open_orders, access="signed"),
    ("GET", "/fapi/v1/allOrders"): Route(handler=_all_orders, access="signed", weight=5),
    ("GET", "/fapi/v1/userTrades"): Route(handler=_trades, access="signed", weight=5),
}
