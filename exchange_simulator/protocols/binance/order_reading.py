"""Reads a new order from a request, and refuses what does not fit symbol or position mode."""

from decimal import Decimal

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import Instrument
from exchange_simulator.model import OrderKind, PositionMode, Side, TimeInForce
from exchange_simulator.orders import OrderRequest
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.binance.context import Call, require_symbol
from exchange_simulator.protocols.binance.wire import ApiError

__all__ = [
    *("LEGS", "SIDES", "TIMES", "check_closing", "client_id", "leg_index"),
    *("order_request", "price_of", "quantity_of"),
]

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
_SELF_MATCH = {
    "NONE": "None",
    "EXPIRE_TAKER": "CancelTaker",
    "EXPIRE_MAKER": "CancelMaker",
    "EXPIRE_BOTH": "CancelBoth",
}
_ID_LENGTH = 36
_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/")


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
