"""The algo service: conditional orders that wait outside the matching engine.

Stops and take profits with their own quantity, with closePosition, and trailing stops.
"""

from decimal import Decimal
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import Instrument
from exchange_simulator.model import OrderKind, Side, StopMode, TriggerBy
from exchange_simulator.orders import OrderRequest, cancel, place
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.binance.context import (
    Call,
    Route,
    optional_symbol,
    require_symbol,
    window,
)
from exchange_simulator.protocols.binance.ledger import AlgoOrder
from exchange_simulator.protocols.binance.order_reading import (
    SIDES,
    TIMES,
    client_id,
    leg_index,
    price_of,
    quantity_of,
)
from exchange_simulator.protocols.binance.rows import algo_row
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.stops import StopRequest, price_by, set_stops

__all__ = ["ALGO_ROUTES"]

_TRAILING = "TRAILING_STOP_MARKET"
_KINDS = {
    name: name for name in ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", _TRAILING)
}
_WORKING = {"MARK_PRICE": TriggerBy.MARK, "CONTRACT_PRICE": TriggerBy.LAST}
_RATE_LEAST, _RATE_MOST = Decimal("0.1"), Decimal(10)


def _new(call: Call) -> dict[str, Any]:
    fields = call.fields
    if fields.required("algoType") != "CONDITIONAL":
        raise ApiError(-1130, "Data sent for parameter 'algoType' is not valid.")
    symbol = require_symbol(call)
    side: Side = fields.one_of("side", SIDES)
    kind: str = fields.one_of("type", _KINDS)
    index = leg_index(call, symbol)
    name = client_id(fields, "clientAlgoId")
    same = (algo for algo in call.ledger.algos(call.account) if algo.client_id == name)
    if name and any(algo.status == "NEW" for algo in same):
        raise ApiError(-4116, "ClientOrderId is duplicated.")
    if fields.flag("closePosition"):
        algo = _close_position(call, symbol, side, kind, index, name)
    else:
        algo = _conditional(call, symbol, side, kind, index, name)
    algo.price_protect = fields.flag("priceProtect")
    return algo_row(call.exchange, call.ledger, algo)


def _trigger_price(fields: Fields) -> Decimal:
    fields.required("triggerPrice")
    price = fields.decimal("triggerPrice")
    if price is None or price <= 0:
        raise ApiError(-4006, "Stop price less than or equal to zero.")
    return price


def _close_position(
    call: Call, symbol: str, side: Side, kind: str, index: int, name: str
) -> AlgoOrder:
    """A stop or take profit of the whole leg: one of each, gone with the position."""
    fields, account = call.fields, call.account
    if kind not in ("STOP_MARKET", "TAKE_PROFIT_MARKET"):
        raise ApiError(-4136, "Target strategy invalid for orderType, closePosition true.")
    if fields.text("quantity"):
        raise ApiError(-4137, "Quantity must be zero with closePosition equals true.")
    if fields.text("reduceOnly"):
        raise ApiError(-1106, "Parameter 'reduceonly' sent when not required.")
    trigger = _trigger_price(fields)
    by: TriggerBy = fields.one_of("workingType", _WORKING, "CONTRACT_PRICE")
    leg = call.exchange.leg(account, symbol, index)
    if leg.side is None:
        raise Refusal(Reason.ZERO_POSITION)
    if leg.side is side:
        raise Refusal(Reason.REDUCE_RULE)
    profit = kind == "TAKE_PROFIT_MARKET"
    if (leg.take_profit if profit else leg.stop_loss) is not None:
        raise Refusal(Reason.STOP_UNCHANGED)
    request = StopRequest(
        mode=StopMode.FULL,
        take_profit=trigger if profit else None,
        stop_loss=None if profit else trigger,
        take_profit_by=by,
        stop_loss_by=by,
    )
    set_stops(call.exchange, account, leg, request)
    order = leg.take_profit if profit else leg.stop_loss
    if order is None:
        raise Refusal(Reason.ZERO_POSITION)
    algo = call.ledger.open_algo(order, name, kind, "GTE_GTC")
    algo.client_id = name or f"auto-{algo.algo_id}"
    algo.close_position = True
    return algo


def _conditional(
    call: Call, symbol: str, side: Side, kind: str, index: int, name: str
) -> AlgoOrder:
    """A conditional order with a quantity of its own; it may wait for its position."""
    fields, exchange = call.fields, call.exchange
    instrument = exchange.instrument(symbol)
    by: TriggerBy = fields.one_of("workingType", _WORKING, "CONTRACT_PRICE")
    limit = kind in ("STOP", "TAKE_PROFIT")
    rising = (side is Side.BUY) is kind.startswith("STOP")
    trail: dict[str, Decimal] = {}
    if kind == _TRAILING:
        trail = _trail(fields, side, price_by(exchange, symbol, by), instrument)
        trigger = trail.pop("trigger_price")
        rising = side is Side.BUY
    else:
        trigger = _trigger_price(fields)
    request = OrderRequest(
        symbol=symbol,
        side=side,
        kind=OrderKind.LIMIT if limit else OrderKind.MARKET,
        qty=quantity_of(fields, instrument),
        leg_index=index,
        price=price_of(fields, instrument) if limit else None,
        reduce_only=fields.flag("reduceOnly"),
        trigger_price=trigger,
        trigger_rises=rising,
        trigger_by=by,
        awaits_position=True,
        time_in_force=fields.one_of("timeInForce", TIMES, "GTC"),
        trail_ratio=trail.get("trail_ratio"),
        trail_from=trail.get("trail_from"),
    )
    order = place(exchange, call.account, request)
    algo = call.ledger.open_algo(order, name, kind, fields.text("timeInForce", "GTC"))
    algo.client_id = name or f"auto-{algo.algo_id}"
    algo.kind = kind
    algo.activate_price = request.trail_from
    algo.callback_rate = fields.decimal("callbackRate")
    return algo


def _trail(
    fields: Fields, side: Side, current: Decimal, instrument: Instrument
) -> dict[str, Decimal]:
    """Read callbackRate in percent and activatePrice; a sale follows rising prices."""
    fields.required("callbackRate")
    rate = fields.decimal("callbackRate")
    if rate is None or not _RATE_LEAST <= rate <= _RATE_MOST:
        raise ApiError(-2007, "Invalid callBack rate")
    activate = fields.positive("activatePrice") or fields.positive("activationPrice")
    if activate is not None:
        wrong = activate >= current if side is Side.BUY else activate <= current
        if wrong:
            raise ApiError(-2021, "Order would immediately trigger.")
    start = activate or current
    ratio = rate / 100
    stop = start * (1 + ratio) if side is Side.BUY else start * (1 - ratio)
    trail = {"trail_ratio": ratio, "trigger_price": stop.quantize(instrument.tick_size)}
    return trail | ({"trail_from": activate} if activate is not None else {})


def _find(call: Call, *, waiting: bool) -> AlgoOrder:
    fields, account = call.fields, call.account
    number, name = fields.integer("algoId", 0), fields.text("clientAlgoId")
    if not number and not name:
        raise ApiError(
            -1102, "Param 'algoid' or 'clientalgoid' must be sent, but both were empty/null!"
        )
    if number:
        algo = call.ledger.algo(number, account)
    else:
        named = [one for one in call.ledger.algos(account) if one.client_id == name]
        algo = named[-1] if named else None
    if algo is None or (waiting and algo.status != "NEW"):
        if waiting:
            raise ApiError(-2011, "Unknown order sent.")
        raise ApiError(-2013, "Order does not exist.")
    return algo


def _cancel(call: Call) -> dict[str, Any]:
    algo = _find(call, waiting=True)
    cancel(call.exchange, call.account, algo.order)
    return {
        "algoId": algo.algo_id,
        "clientAlgoId": algo.client_id,
        "code": "200",
        "msg": "success",
    }


def _query(call: Call) -> dict[str, Any]:
    return algo_row(call.exchange, call.ledger, _find(call, waiting=False))


def _open(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    return [
        algo_row(call.exchange, call.ledger, algo)
        for order in call.account.open_orders.values()
        if symbol in ("", order.symbol)
        and (algo := call.ledger.algo_of(order)) is not None
        and algo.status == "NEW"
    ]


def _all(call: Call) -> list[dict[str, Any]]:
    symbol = require_symbol(call)
    limit = min(call.fields.integer("limit", 500, least=1), 1000)
    first = call.fields.integer("algoId", 0)
    start_ms, end_ms = window(call)
    rows = [
        algo
        for algo in call.ledger.algos(call.account)
        if algo.order.symbol == symbol
        and algo.algo_id >= first
        and (first or start_ms <= algo.order.created_ms <= end_ms)
    ]
    chosen = rows[:limit] if first else rows[-limit:]
    return [algo_row(call.exchange, call.ledger, algo) for algo in chosen]


def _cancel_all(call: Call) -> dict[str, Any]:
    symbol = require_symbol(call)
    for order in list(call.account.open_orders.values()):
        algo = call.ledger.algo_of(order) if order.symbol == symbol else None
        if algo is not None and algo.status == "NEW":
            cancel(call.exchange, call.account, order)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


ALGO_ROUTES = {
    ("POST", "/fapi/v1/algoOrder"): Route(handler=_new, access="signed", weight=0, orders=1),
    ("DELETE", "/fapi/v1/algoOrder"): Route(handler=_cancel, access="signed"),
    ("GET", "/fapi/v1/algoOrder"): Route(handler=_query, access="signed"),
    ("GET", "/fapi/v1/openAlgoOrders"): Route(handler=_open, access="signed"),
    ("GET", "/fapi/v1/allAlgoOrders"): Route(handler=_all, access="signed", weight=5),
    ("DELETE", "/fapi/v1/algoOpenOrders"): Route(handler=_cancel_all, access="signed"),
}
