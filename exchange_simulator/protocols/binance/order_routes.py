"""Orders of the matching engine: new, modify, cancel, query, batches, and trades."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import Instrument
from exchange_simulator.model import (
    Order,
    OrderKind,
    PositionMode,
    RejectCause,
    Side,
    TimeInForce,
)
from exchange_simulator.orders import OrderRequest, cancel, cancel_all, place
from exchange_simulator.protocols.answers import Fields, decode
from exchange_simulator.protocols.binance.context import (
    Call,
    Handler,
    Route,
    optional_symbol,
    require_symbol,
    window,
)
from exchange_simulator.protocols.binance.rows import order_row, trade_row
from exchange_simulator.protocols.binance.wire import ApiError, api_error, fields_of

__all__ = ["LEGS", "ORDER_ROUTES", "SIDES", "leg_index", "on_grid", "order_request"]

SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
LEGS = {"BOTH": 0, "LONG": 1, "SHORT": 2}
TIMES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
}
_CONDITIONAL = (
    *("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),
)
_KINDS = {"LIMIT": OrderKind.LIMIT, "MARKET": OrderKind.MARKET}
_RESPONSES = {"ACK": True, "RESULT": False}
_SELF_MATCH = {
    "NONE": "None",
    "EXPIRE_TAKER": "CancelTaker",
    "EXPIRE_MAKER": "CancelMaker",
    "EXPIRE_BOTH": "CancelBoth",
}
_ID_LENGTH = 36
_BATCH_MAX = 5
_CANCEL_BATCH_MAX = 10
_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/")


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


def client_id(fields: Fields, name: str) -> str:
    """Return a client's id; the real limit is 36 characters, whatever the text says.

    Raises:
        ApiError: -4015 for one that is too long or has other characters.
    """
    text = fields.text(name)
    if len(text) > _ID_LENGTH:
        raise ApiError(-4015, "Client order id length should be less than 36 chars")
    if not _ID_CHARACTERS.issuperset(text):
        raise ApiError(-4015, "Client order id is not valid.")
    return text


def leg_index(call: Call, symbol: str) -> int:
    """Return the leg of a request and refuse what does not fit the position mode.

    Raises:
        ApiError: -4061 for a side of the other mode, -1106 for reduceOnly in hedge mode.
    """
    index = call.fields.one_of("positionSide", LEGS, "BOTH")
    hedge = call.account.mode(symbol) is PositionMode.HEDGE
    if (index == 0) is hedge:
        raise ApiError(-4061, "Order's position side does not match user's setting.")
    if hedge and call.fields.text("reduceOnly"):
        raise ApiError(-1106, "Parameter 'reduceonly' sent when not required.")
    return int(index)


def on_grid(value: Decimal, unit: Decimal, code: int, text: str) -> None:
    """Refuse a number with too many decimals (-1111), or between two steps (`code`).

    Raises:
        ApiError: as said.
    """
    remainder = value % unit
    if not remainder:
        return
    if -int(value.normalize().as_tuple().exponent) > -int(unit.as_tuple().exponent):
        raise ApiError(-1111, "Precision is over the maximum defined for this asset.")
    raise ApiError(code, text)


def quantity_of(fields: Fields, instrument: Instrument) -> Decimal:
    """Return the quantity, on a step.

    Raises:
        ApiError: missing, not above zero, too precise or below the minimum.
    """
    fields.required("quantity")
    quantity = fields.decimal("quantity")
    if quantity is None or quantity <= 0:
        raise ApiError(-4003, "Quantity less than or equal to zero.")
    on_grid(quantity, instrument.qty_step, -4023, "Qty not increased by step size.")
    return quantity


def price_of(fields: Fields, instrument: Instrument) -> Decimal:
    """Return the limit price, on a tick.

    Raises:
        ApiError: missing, not above zero, too precise or outside the symbol's range.
    """
    fields.required("price")
    price = fields.decimal("price")
    if price is None or price <= 0:
        raise ApiError(-4001, "Price less than or equal to zero.")
    on_grid(price, instrument.tick_size, -4014, "Price not increased by tick size.")
    if price > instrument.max_price:
        raise ApiError(-4002, "Price greater than max price.")
    return price


def check_closing(call: Call, request: OrderRequest) -> None:
    """A hedge-mode order that closes must not be larger than what is left to close.

    Raises:
        Refusal: REDUCE_RULE, which is answered as -2022.
    """
    closing = request.side is (Side.SELL if request.leg_index == 1 else Side.BUY)
    if not request.leg_index or not closing:
        return
    leg = call.exchange.leg(call.account, request.symbol, request.leg_index)
    reserved = sum(
        order.leaves
        for order in call.account.open_orders.values()
        if order.resting
        and order.closing
        and (order.symbol, order.leg_index) == (leg.symbol, leg.index)
    )
    if request.qty > leg.qty - reserved:
        raise Refusal(Reason.REDUCE_RULE)


def order_request(call: Call) -> OrderRequest:
    """Read a new limit or market order.

    Raises:
        ApiError: a parameter is missing, wrong, or belongs to the algo service.
    """
    fields = call.fields
    symbol = require_symbol(call)
    instrument = call.exchange.instrument(symbol)
    side = fields.one_of("side", SIDES)
    if fields.required("type") in _CONDITIONAL:
        raise ApiError(
            -4120,
            "Order type not supported for this endpoint."
            " Please use the Algo Order API endpoints instead.",
        )
    kind = fields.one_of("type", _KINDS)
    index = leg_index(call, symbol)
    limit = kind is OrderKind.LIMIT
    if limit:
        fields.required("timeInForce")
    elif fields.text("timeInForce"):
        raise ApiError(-1106, "Parameter 'timeInForce' sent when not required.")
    elif fields.text("price"):
        raise ApiError(-1106, "Parameter 'price' sent when not required.")
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=kind,
        qty=quantity_of(fields, instrument),
        leg_index=index,
        price=price_of(fields, instrument) if limit else None,
        time_in_force=fields.one_of("timeInForce", TIMES, "GTC"),
        reduce_only=fields.flag("reduceOnly"),
        client_id=client_id(fields, "newClientOrderId"),
        self_match=fields.one_of("selfTradePreventionMode", _SELF_MATCH, "NONE"),
    )


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
    amend(call.exchange, call.account, order, change)
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
