"""Reads new orders, plain and conditional, from OKX's parameters."""

from decimal import Decimal
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import (
    OWN_MARGIN,
    OrderKind,
    PositionMode,
    Side,
    StopMode,
    TimeInForce,
    TriggerBy,
)
from exchange_simulator.orders import OrderRequest
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.okx.context import Call
from exchange_simulator.protocols.okx.wire import ApiError, contract_value, fields_of, symbol_in

__all__ = [
    *("MODES", "PRICES", "LegChoice", "check_closing", "client_id", "leg_of", "limit_of"),
    *("attached_name", "order_request", "quantity_of"),
]

_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
PRICES = {"last": TriggerBy.LAST, "mark": TriggerBy.MARK, "index": TriggerBy.INDEX}
_LEGS = {"net": 0, "long": 1, "short": 2}
_KINDS = {
    "market": (OrderKind.MARKET, TimeInForce.IOC),
    "limit": (OrderKind.LIMIT, TimeInForce.GTC),
    "post_only": (OrderKind.LIMIT, TimeInForce.POST_ONLY),
    "fok": (OrderKind.LIMIT, TimeInForce.FOK),
    "ioc": (OrderKind.LIMIT, TimeInForce.IOC),
    "optimal_limit_ioc": (OrderKind.MARKET, TimeInForce.IOC),
}
MODES = {"cross": 0, "isolated": OWN_MARGIN}
_SELF_MATCH = {
    "cancel_maker": "CancelMaker",
    "cancel_taker": "CancelTaker",
    "cancel_both": "CancelBoth",
}
_ID_LENGTH = 32
LegChoice = tuple[str, Side, int]


def client_id(fields: Fields, name: str) -> str:
    """Return a client's id: up to 32 letters and digits.

    Raises:
        ApiError: 51000 for any other.
    """
    text = fields.text(name)
    if text and not (text.isascii() and text.isalnum() and len(text) <= _ID_LENGTH):
        raise ApiError("51000", f"Parameter {name} error ")
    return text


def leg_of(call: Call) -> LegChoice:
    """Return symbol, side and leg of an order; tdMode tells a cross leg from the isolated one.

    Raises:
        ApiError: 51000 for posSide of the other position mode, or an unknown tdMode.
    """
    fields, account = call.fields, call.account
    symbol = symbol_in(call.exchange, fields)
    side: Side = fields.one_of("side", _SIDES)
    index: int = fields.one_of("posSide", _LEGS, "net")
    if (index == 0) is (account.mode(symbol) is PositionMode.HEDGE):
        raise ApiError("51000", "Parameter posSide error ")
    own: int = fields.one_of("tdMode", MODES)
    return symbol, side, index + own


def quantity_of(call: Call, symbol: str) -> Decimal:
    """Return the quantity in base coin of a size in contracts.

    Raises:
        ApiError: 51000 without a size, 51121 between two lots.
    """
    call.fields.required("sz")
    size = call.fields.decimal("sz")
    if size is None or size <= 0:
        raise ApiError("51000", "Parameter sz error ")
    instrument = call.exchange.instrument(symbol)
    quantity = size * contract_value(instrument)
    if quantity < instrument.min_qty:
        raise Refusal(Reason.QUANTITY_TOO_SMALL)
    if quantity % instrument.qty_step:
        raise ApiError("51121", "Order quantity must be a multiple of the lot size.")
    return quantity


def check_closing(call: Call, request: OrderRequest) -> None:
    """A closing order must not be larger than what resting closing orders leave.

    Raises:
        Refusal: NOTHING_TO_REDUCE without a position, REDUCE_RULE for too large a size.
    """
    direction = request.leg_index % OWN_MARGIN
    closing = request.side is (Side.SELL if direction == 1 else Side.BUY)
    if not direction or not closing:
        return
    leg = call.exchange.leg(call.account, request.symbol, request.leg_index)
    if not leg.qty:
        raise Refusal(Reason.NOTHING_TO_REDUCE)
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
    """Read an order, with a take profit and a stop loss attached if there are any.

    Raises:
        ApiError: a parameter is missing or wrong.
    """
    symbol, side, index = leg_of(call)
    kind, time_in_force = call.fields.one_of("ordType", _KINDS)
    price = None
    if kind is OrderKind.LIMIT:
        call.fields.required("px")
        price = call.fields.positive("px")
        if price is None:
            raise ApiError("51000", "Parameter px error ")
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=kind,
        qty=quantity_of(call, symbol),
        leg_index=index,
        price=price,
        time_in_force=time_in_force,
        reduce_only=call.fields.flag("reduceOnly") and not index % OWN_MARGIN,
        client_id=client_id(call.fields, "clOrdId"),
        self_match=call.fields.one_of("stpMode", _SELF_MATCH, "cancel_maker"),
        **_attached(call),
    )


def attached_name(call: Call) -> str:
    """The client's own id of the stops that an order carries, which they rest under."""
    listed = call.fields.values.get("attachAlgoOrds")
    rows = listed if isinstance(listed, list) else []
    names = [fields_of(row).text("attachAlgoClOrdId") for row in rows if isinstance(row, dict)]
    return next((name for name in names if name), "")


def _attached(call: Call) -> dict[str, Any]:
    """Read attachAlgoOrds, with at most one take profit and one stop loss in all, or the older
    fields of the order."""
    listed = call.fields.values.get("attachAlgoOrds")
    wrong = ApiError("51000", "Parameter attachAlgoOrds error ")
    if listed and not isinstance(listed, list):
        raise wrong
    entries = [fields_of(row) for row in listed or [] if isinstance(row, dict)]
    if listed and len(entries) != len(listed):
        raise wrong
    found: dict[str, Any] = {}
    for fields in entries or [call.fields]:
        stops = _stop_of(fields, "tp", "take_profit") | _stop_of(fields, "sl", "stop_loss")
        if found.keys() & stops.keys():
            raise wrong
        found |= stops
    return {**found, "stop_mode": StopMode.PARTIAL} if found else {}


def _stop_of(fields: Fields, short: str, name: str) -> dict[str, Any]:
    """Read one take profit or stop loss."""
    price = fields.positive(f"{short}TriggerPx")
    if price is None:
        return {}
    return {
        name: price,
        f"{name}_by": fields.one_of(f"{short}TriggerPxType", PRICES, "last"),
        f"{name}_limit": limit_of(fields, f"{short}OrdPx"),
    }


def limit_of(fields: Fields, name: str) -> Decimal | None:
    """Return a limit price; -1, or nothing, means a market order."""
    price = fields.decimal(name)
    if price is None or price == -1:
        return None
    if price <= 0:
        raise ApiError("51000", f"Parameter {name} error ")
    return price
