"""The algo service: take profit and stop loss, both as one, trigger and trailing orders."""

from decimal import Decimal
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import OWN_MARGIN, Order, OrderKind, Side, TriggerBy
from exchange_simulator.orders import OrderRequest, cancel, place
from exchange_simulator.protocols.okx.context import (
    Call,
    Route,
    chosen_symbols,
    number_of,
    page,
)
from exchange_simulator.protocols.okx.ledger import AlgoOrder, is_profit
from exchange_simulator.protocols.okx.order_reading import (
    PRICES,
    LegChoice,
    client_id,
    leg_of,
    limit_of,
    quantity_of,
)
from exchange_simulator.protocols.okx.rows import algo_row
from exchange_simulator.protocols.okx.wire import ApiError, contract_value
from exchange_simulator.stops import price_by

__all__ = ["ALGO_ROUTES"]

_KINDS = {name: name for name in ("conditional", "oco", "trigger", "move_order_stop")}


def _place(call: Call) -> list[Any]:
    fields = call.fields
    leg = leg_of(call)
    kind: str = fields.one_of("ordType", _KINDS)
    name, tag = client_id(fields, "algoClOrdId"), fields.text("tag")
    if name and any(algo.client_id == name for algo in call.ledger.algos(call.account)):
        raise ApiError("51065", "algoClOrdId already exists.")
    fraction = fields.text("closeFraction")
    quantity = _whole_leg(call, leg) if fraction else quantity_of(call, leg[0])
    if kind == "trigger":
        orders = [_trigger(call, leg, quantity)]
    elif kind == "move_order_stop":
        orders = [_trailing(call, leg, quantity)]
    else:
        orders = _protective(call, leg, quantity, kind)
    algo = call.ledger.open_algo(kind, orders, name)
    algo.tag = tag
    algo.close_fraction = fraction
    algo.callback_ratio = fields.text("callbackRatio")
    algo.callback_spread = fields.text("callbackSpread")
    algo.active_price = fields.positive("activePx")
    return [_answer(algo)]


def _whole_leg(call: Call, leg: LegChoice) -> Decimal:
    """A closeFraction of one covers the leg, however large it is by then."""
    fields = call.fields
    if fields.decimal("closeFraction") != 1:
        raise ApiError("51000", "Parameter closeFraction error ")
    if fields.text("ordType") not in ("conditional", "oco"):
        raise ApiError("51000", "Parameter closeFraction error ")
    if not leg[2] % OWN_MARGIN and not fields.flag("reduceOnly"):
        raise ApiError("51328", "closeFraction is only available for reduceOnly orders.")
    if any(limit_of(fields, name) is not None for name in ("tpOrdPx", "slOrdPx")):
        raise ApiError("51330", "closeFraction is only available for stop market orders.")
    held = call.exchange.leg(call.account, leg[0], leg[2])
    if held.side is None:
        raise ApiError("51023", "Position doesn't exist.")
    if held.side is leg[1]:
        raise ApiError("51000", "Parameter side error ")
    if any(_is_whole(algo, leg) for algo in call.ledger.algos(call.account)):
        raise ApiError("51088", "You can only place 1 TP/SL order to close an entire position")
    return held.qty


def _is_whole(algo: AlgoOrder, leg: LegChoice) -> bool:
    """Whether a live order of the service closes all of this leg already."""
    order = algo.orders[0]
    return (
        bool(algo.close_fraction)
        and algo.state == "live"
        and (order.symbol, order.leg_index) == (leg[0], leg[2])
    )


def _answer(algo: AlgoOrder) -> dict[str, Any]:
    return {
        "algoId": str(algo.algo_id),
        "clOrdId": "",
        "algoClOrdId": algo.client_id,
        "sCode": "0",
        "sMsg": "",
        "tag": algo.tag,
    }


def _conditional(
    call: Call,
    leg: LegChoice,
    quantity: Decimal,
    *,
    trigger: Decimal,
    rising: bool,
    by: TriggerBy,
    limit: Decimal | None = None,
    trail: dict[str, Decimal | None] | None = None,
) -> OrderRequest:
    symbol, side, index = leg
    trail = trail or {}
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=OrderKind.LIMIT if limit is not None else OrderKind.MARKET,
        qty=quantity,
        leg_index=index,
        price=limit,
        reduce_only=call.fields.flag("reduceOnly") and not index % OWN_MARGIN,
        trigger_price=trigger,
        trigger_rises=rising,
        trigger_by=by,
        trail_distance=trail.get("distance"),
        trail_ratio=trail.get("ratio"),
        trail_from=trail.get("from"),
        awaits_position=True,
        whole_leg=bool(call.fields.text("closeFraction")),
        ends_with_leg=bool(call.fields.text("closeFraction")) or call.fields.flag("cxlOnClosePos"),
    )


def _required_price(call: Call, name: str) -> Decimal:
    call.fields.required(name)
    price = call.fields.positive(name)
    if price is None:
        raise ApiError("51000", f"Parameter {name} error ")
    return price


def _protective(call: Call, leg: LegChoice, quantity: Decimal, kind: str) -> list[Order]:
    """A take profit, a stop loss, or both, of which the one that fires cancels the other."""
    fields, side = call.fields, leg[1]
    profit, loss = fields.positive("tpTriggerPx"), fields.positive("slTriggerPx")
    if profit is None and loss is None:
        raise ApiError("50014", "Parameter tpTriggerPx or slTriggerPx can not be empty.")
    if kind == "oco" and (profit is None or loss is None):
        raise ApiError("50014", "Parameter tpTriggerPx and slTriggerPx can not be empty.")
    if kind == "conditional" and profit is not None and loss is not None:
        profit = None
    requests = []
    for price, name, rising in (
        (profit, "tp", side is Side.SELL),
        (loss, "sl", side is Side.BUY),
    ):
        if price is not None:
            request = _conditional(
                call,
                leg,
                quantity,
                trigger=price,
                rising=rising,
                by=fields.one_of(f"{name}TriggerPxType", PRICES, "last"),
                limit=limit_of(fields, f"{name}OrdPx"),
            )
            _check_side(call, request, name)
            requests.append(request)
    orders = [place(call.exchange, call.account, request) for request in requests]
    if len(orders) == 2:
        orders[0].pair, orders[1].pair = orders[1], orders[0]
    return orders


def _check_side(call: Call, request: OrderRequest, name: str) -> None:
    """Answer a trigger on the wrong side of the market with the code of its case."""
    trigger = request.trigger_price or Decimal(0)
    current = price_by(call.exchange, request.symbol, request.trigger_by)
    if trigger > current if request.trigger_rises else trigger < current:
        return
    code = {
        ("tp", False): "51277",
        ("sl", True): "51278",
        ("tp", True): "51279",
        ("sl", False): "51280",
    }[(name, request.trigger_rises)]
    word = "lower" if request.trigger_rises else "higher"
    raise ApiError(code, f"{name.upper()} trigger price can not be {word} than the last price.")


def _trigger(call: Call, leg: LegChoice, quantity: Decimal) -> Order:
    """An order that is sent when a price is reached, from whichever side."""
    trigger = _required_price(call, "triggerPx")
    by: TriggerBy = call.fields.one_of("triggerPxType", PRICES, "last")
    current = price_by(call.exchange, leg[0], by)
    request = _conditional(
        call,
        leg,
        quantity,
        trigger=trigger,
        rising=trigger > current,
        by=by,
        limit=limit_of(call.fields, "orderPx"),
    )
    return place(call.exchange, call.account, request)


def _trailing(call: Call, leg: LegChoice, quantity: Decimal) -> Order:
    """A stop that follows the best price by a ratio or a distance."""
    fields, (symbol, side, _) = call.fields, leg
    ratio, distance = fields.positive("callbackRatio"), fields.positive("callbackSpread")
    if (ratio is None) is (distance is None):
        raise ApiError("51000", "Parameter callbackRatio or callbackSpread error ")
    if ratio is not None and not Decimal("0.001") <= ratio <= 1:
        raise ApiError("51000", "Parameter callbackRatio error ")
    active = fields.positive("activePx")
    start = active or call.exchange.market(symbol).last
    away = distance if distance is not None else start * (ratio or 0)
    stop = start + away if side is Side.BUY else start - away
    if stop <= 0:
        raise ApiError("51000", "Parameter callbackSpread error ")
    request = _conditional(
        call,
        leg,
        quantity,
        trigger=stop.quantize(call.exchange.instrument(symbol).tick_size),
        rising=side is Side.BUY,
        by=TriggerBy.LAST,
        trail={"ratio": ratio, "distance": distance, "from": active},
    )
    return place(call.exchange, call.account, request)


def _find(call: Call) -> AlgoOrder:
    number = number_of(call.fields, "algoId")
    name = call.fields.text("algoClOrdId")
    if not number and not name:
        raise ApiError("50014", "Parameter algoId can not be empty.")
    if number:
        algo = call.ledger.algo(number, call.account)
    else:
        named = (one for one in call.ledger.algos(call.account) if one.client_id == name)
        algo = next(named, None)
    if algo is None:
        raise ApiError("51603", "Order does not exist.")
    return algo


def _cancel(call: Call) -> list[Any]:
    call.fields.required("instId")
    try:
        algo = _find(call)
    except ApiError as error:
        if error.code != "51603":
            raise
        raise ApiError("51400", "Cancelation failed as the order does not exist.") from None
    if algo.state != "live":
        raise ApiError("51400", "Cancelation failed as the order does not exist.")
    for order in algo.orders:
        if order.open:
            cancel(call.exchange, call.account, order)
    return [_answer(algo)]


def _amend(call: Call) -> list[Any]:
    """Change size or triggers of a live take profit, stop loss or trigger order, or nothing."""
    algo = _find(call)
    if algo.state != "live" or algo.kind == "move_order_stop":
        raise ApiError("51503", "Order modification failed as the order does not exist.")
    quantity = _new_quantity(call, algo.orders[0])
    triggers = [_new_trigger(call, algo, order) for order in algo.orders]
    for order, trigger in zip(algo.orders, triggers, strict=True):
        order.trigger_price = trigger
        if quantity is not None:
            order.qty = order.leaves = quantity
        order.updated_ms = call.exchange.now_ms
        call.exchange.tell_order(call.account, order)
    return [{**_answer(algo), "reqId": call.fields.text("reqId")}]


def _new_quantity(call: Call, order: Order) -> Decimal | None:
    size = call.fields.positive("newSz")
    if size is None:
        return None
    instrument = call.exchange.instrument(order.symbol)
    quantity = size * contract_value(instrument)
    if quantity < instrument.min_qty or quantity % instrument.qty_step:
        raise ApiError("51121", "Order quantity must be a multiple of the lot size.")
    return quantity


def _new_trigger(call: Call, algo: AlgoOrder, order: Order) -> Decimal | None:
    """Return the trigger price that a change asks for, on the side where it waits."""
    own = "newTpTriggerPx" if is_profit(order) else "newSlTriggerPx"
    name = "newTriggerPx" if algo.kind == "trigger" else own
    trigger = call.fields.positive(name)
    if trigger is None:
        return order.trigger_price
    current = price_by(call.exchange, order.symbol, order.trigger_by)
    if not (trigger > current if order.trigger_rises else trigger < current):
        wrong = Reason.TRIGGER_NOT_ABOVE if order.trigger_rises else Reason.TRIGGER_NOT_BELOW
        raise Refusal(wrong)
    return trigger


def _query(call: Call) -> list[Any]:
    return [algo_row(call.exchange, call.ledger, _find(call))]


def _listed(call: Call, *, live: bool) -> list[Any]:
    call.fields.required("ordType")
    kinds = call.fields.text("ordType").split(",")
    symbols = chosen_symbols(call)
    state, number = call.fields.text("state"), call.fields.text("algoId")
    rows = [
        algo_row(call.exchange, call.ledger, algo)
        for algo in call.ledger.algos(call.account)
        if algo.kind in kinds
        and algo.orders[0].symbol in symbols
        and (algo.state == "live") is live
        and state in ("", algo.state)
        and number in ("", str(algo.algo_id))
    ]
    return page(call, rows, "algoId")


def _pending(call: Call) -> list[Any]:
    return _listed(call, live=True)


def _history(call: Call) -> list[Any]:
    if not call.fields.text("state") and not call.fields.text("algoId"):
        raise ApiError("50014", "Parameter state or algoId can not be empty.", 400)
    return _listed(call, live=False)


ALGO_ROUTES = {
    ("POST", "/api/v5/trade/order-algo"): Route(
        handler=_place, private=True, placing=True, limit=20
    ),
    ("POST", "/api/v5/trade/cancel-algos"): Route(
        handler=_cancel, private=True, placing=True, limit=20
    ),
    ("POST", "/api/v5/trade/cancel-advance-algos"): Route(
        handler=_cancel, private=True, placing=True, limit=20
    ),
    ("POST", "/api/v5/trade/amend-algos"): Route(
        handler=_amend, private=True, placing=True, limit=20
    ),
    ("GET", "/api/v5/trade/order-algo"): Route(handler=_query, private=True),
    ("GET", "/api/v5/trade/orders-algo-pending"): Route(handler=_pending, private=True),
    ("GET", "/api/v5/trade/orders-algo-history"): Route(handler=_history, private=True),
}
