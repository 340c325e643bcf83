"""Orders and fills: place, amend, cancel, batches, close a position, lists."""

from typing import Any

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.model import Order, OrderKind, Side, Status
from exchange_simulator.orders import OrderRequest, cancel, place
from exchange_simulator.protocols.okx.context import (
    Call,
    Route,
    chosen_symbols,
    number_of,
    page,
)
from exchange_simulator.protocols.okx.order_reading import (
    MODES,
    attached_name,
    check_closing,
    order_request,
)
from exchange_simulator.protocols.okx.rows import fill_row, legs_of, order_row, position_side
from exchange_simulator.protocols.okx.wire import ApiError, contract_value, symbol_in

__all__ = ["TRADE_ROUTES"]


def _answer(call: Call, order: Order, text: str = "") -> dict[str, Any]:
    return {
        "clOrdId": order.client_id,
        "ordId": str(call.ledger.order_number(order)),
        "sCode": "0",
        "sMsg": text,
        "tag": call.ledger.tags.get(order.order_id, ""),
        "ts": str(call.exchange.now_ms),
    }


def _place(call: Call) -> list[Any]:
    request = order_request(call)
    tag = call.fields.text("tag")
    check_closing(call, request)
    call.ledger.attached_names[call.account.account_id, request.client_id] = attached_name(call)
    order = place(call.exchange, call.account, request)
    call.ledger.tags[order.order_id] = tag
    return [_answer(call, order, "Order placed")]


def find_order(call: Call) -> Order:
    """Return the order that a request names by ordId, which wins, or clOrdId.

    Raises:
        ApiError: 50014 or 51407 without a name, 51603 where there is no such order.
    """
    symbol = symbol_in(call.exchange, call.fields)
    number, name = number_of(call.fields, "ordId"), call.fields.text("clOrdId")
    if not number and not name:
        raise ApiError("51407", "Either order ID or client order ID is required.")
    order = (
        call.ledger.order(number, call.account) if number else call.account.by_client_id.get(name)
    )
    if order is None or order.symbol != symbol or not call.ledger.visible(order):
        raise ApiError("51603", "Order does not exist.")
    return order


def _cancel(call: Call) -> list[Any]:
    try:
        order = find_order(call)
    except ApiError as error:
        if error.code != "51603":
            raise
        raise ApiError("51400", "Cancelation failed as the order does not exist.") from None
    if not order.open:
        if order.status is Status.FILLED:
            raise ApiError("51402", "Cancellation failed as the order is already completed.")
        raise ApiError("51401", "Cancellation failed as the order is already canceled.")
    cancel(call.exchange, call.account, order)
    return [_answer(call, order)]


def _amend(call: Call) -> list[Any]:
    try:
        order = find_order(call)
    except ApiError as error:
        if error.code != "51603":
            raise
        raise ApiError("51503", "Order modification failed as the order does not exist.") from None
    if not order.open:
        code = "51510" if order.status is Status.FILLED else "51509"
        raise ApiError(code, "Modification failed as the order has been completed or canceled.")
    size = call.fields.positive("newSz")
    value = contract_value(call.exchange.instrument(order.symbol))
    change = AmendRequest(
        qty=size * value if size is not None else None, price=call.fields.positive("newPx")
    )
    amend(call.exchange, call.account, order, change)
    return [{**_answer(call, order), "reqId": call.fields.text("reqId")}]


def _close_position(call: Call) -> list[Any]:
    """Close a leg at the market price, its resting closing orders canceled before."""
    symbol = symbol_in(call.exchange, call.fields)
    wanted = call.fields.text("posSide", "net")
    exchange, account = call.exchange, call.account
    legs = legs_of(exchange, account, symbol, call.fields.one_of("mgnMode", MODES))
    legs = [leg for leg in legs if position_side(leg.index) == wanted]
    if not legs:
        raise ApiError("51000", "Parameter posSide error ", 400)
    leg = legs[0]
    if leg.side is None:
        raise ApiError("51023", "Position doesn't exist.")
    for order in list(account.open_orders.values()):
        same = (order.symbol, order.leg_index) == (symbol, leg.index)
        if same and order.resting and order.closing:
            if not call.fields.flag("autoCxl"):
                raise ApiError(
                    "51113", "Order failed. Please cancel your pending close orders first."
                )
            cancel(exchange, account, order)
    side: Side = leg.side.opposite
    request = OrderRequest(
        symbol=symbol,
        side=side,
        kind=OrderKind.MARKET,
        qty=leg.qty,
        leg_index=leg.index,
        reduce_only=True,
    )
    place(exchange, account, request)
    return [
        {
            "instId": call.fields.text("instId"),
            "posSide": wanted,
            "clOrdId": call.fields.text("clOrdId"),
            "tag": call.fields.text("tag"),
        }
    ]


def _query(call: Call) -> list[Any]:
    return [_row(call, find_order(call))]


def _row(call: Call, order: Order) -> dict[str, Any]:
    """An order with its last fill."""
    fills = [fill for fill in call.account.executions if fill.order_id == order.order_id]
    row = order_row(call.exchange, call.ledger, order, fills[-1] if fills else None)
    filled = order_row(call.exchange, call.ledger, order)["accFillSz"]
    return row | {"accFillSz": filled}


def _pending(call: Call) -> list[Any]:
    symbols = chosen_symbols(call)
    rows = [
        _row(call, order)
        for order in call.account.open_orders.values()
        if order.symbol in symbols and call.ledger.visible(order)
    ]
    kind, state = call.fields.text("ordType"), call.fields.text("state")
    rows = [row for row in rows if kind in ("", row["ordType"]) and state in ("", row["state"])]
    return page(call, rows, "ordId")


def _history(call: Call) -> list[Any]:
    symbols = chosen_symbols(call)
    state, kind = call.fields.text("state"), call.fields.text("ordType")
    start, end = call.fields.integer("begin", 0), call.fields.integer("end", 2**53)
    rows = [
        _row(call, order)
        for order in call.account.closed_orders.values()
        if order.symbol in symbols
        and call.ledger.visible(order)
        and start <= order.created_ms <= end
    ]
    rows = [row for row in rows if kind in ("", row["ordType"]) and state in ("", row["state"])]
    rows.sort(key=lambda row: int(row["ordId"]))
    return page(call, rows, "ordId")


def _fills(call: Call) -> list[Any]:
    symbols = chosen_symbols(call)
    wanted = call.fields.text("ordId")
    start, end = call.fields.integer("begin", 0), call.fields.integer("end", 2**53)
    rows = [
        fill_row(call.exchange, call.ledger, fill)
        for fill in call.account.executions
        if fill.symbol in symbols and fill.order_kind is not None and start <= fill.time_ms <= end
    ]
    return page(call, [row for row in rows if wanted in ("", row["ordId"])], "billId")


def _private(handler: Any, *, placing: bool = False, limit: int = 60) -> Route:
    return Route(handler=handler, private=True, placing=placing, limit=limit)


TRADE_ROUTES = {
    ("POST", "/api/v5/trade/order"): _private(_place, placing=True),
    ("POST", "/api/v5/trade/batch-orders"): _private(_place, placing=True, limit=300),
    ("POST", "/api/v5/trade/cancel-order"): _private(_cancel, placing=True),
    ("POST", "/api/v5/trade/cancel-batch-orders"): _private(_cancel, placing=True, limit=300),
    ("POST", "/api/v5/trade/amend-order"): _private(_amend, placing=True),
    ("POST", "/api/v5/trade/amend-batch-orders"): _private(_amend, placing=True, limit=300),
    ("POST", "/api/v5/trade/close-position"): _private(_close_position, limit=20),
    ("GET", "/api/v5/trade/order"): _private(_query),
    ("GET", "/api/v5/trade/orders-pending"): _private(_pending),
    ("GET", "/api/v5/trade/orders-history"): _private(_history, limit=40),
    ("GET", "/api/v5/trade/orders-history-archive"): _private(_history, limit=20),
    ("GET", "/api/v5/trade/fills"): _private(_fills),
    ("GET", "/api/v5/trade/fills-archive"): _private(_fills, limit=10),
    ("GET", "/api/v5/trade/fills-history"): _private(_fills, limit=10),
}
