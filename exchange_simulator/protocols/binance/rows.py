"""Rows of the account endpoints: orders, algo orders, trades, positions, balances."""

from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.model import (
    ZERO,
    Account,
    CancelCause,
    Execution,
    Leg,
    Order,
    OrderKind,
    PositionMode,
    Side,
    Status,
    TimeInForce,
)
from exchange_simulator.protocols.answers import fixed, plain
from exchange_simulator.protocols.binance.ledger import AlgoOrder, Ledger, working_type
from exchange_simulator.state import MONEY_UNIT, Exchange

__all__ = [
    "FEE_COIN",
    "algo_row",
    "legs_of",
    "order_row",
    "order_status",
    "position_risk_row",
    "position_side",
    "signed_qty",
    "trade_row",
]

FEE_COIN = "BNB"

_SIDES = {0: "BOTH", 1: "LONG", 2: "SHORT"}
_TIMES = {TimeInForce.POST_ONLY: "GTX", TimeInForce.FOK: "FOK", TimeInForce.IOC: "IOC"}
SELF_MATCH = {
    "None": "NONE",
    "CancelTaker": "EXPIRE_TAKER",
    "CancelMaker": "EXPIRE_MAKER",
    "CancelBoth": "EXPIRE_BOTH",
}


def position_side(leg_index: int) -> str:
    """Return BOTH, LONG or SHORT."""
    return _SIDES[leg_index]


def order_status(order: Order) -> str:
    """Return Binance's word for an order's state; what the exchange ended has expired."""
    if order.status is not Status.CANCELED:
        words = {
            Status.NEW: "NEW",
            Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
            Status.FILLED: "FILLED",
            Status.TRIGGERED: "NEW",
            Status.UNTRIGGERED: "NEW",
        }
        return words.get(order.status, "EXPIRED")
    if order.cancel_cause is CancelCause.BY_SELF_MATCH:
        return "EXPIRED_IN_MATCH"
    return "CANCELED" if order.cancel_cause is CancelCause.BY_USER else "EXPIRED"


def time_in_force(order: Order) -> str:
    """Return GTC, IOC, FOK or GTX; market orders show GTC."""
    if order.kind is OrderKind.MARKET:
        return "GTC"
    return _TIMES.get(order.time_in_force, "GTC")


def side_word(side: Side) -> str:
    """Return BUY or SELL."""
    return side.value.upper()


def average_price(order: Order) -> Decimal:
    """Return the average price of what is filled, zero without fills."""
    return order.filled_value / order.filled if order.filled else ZERO


def order_row(
    exchange: Exchange, ledger: Ledger, order: Order, *, acknowledged: bool = False
) -> dict[str, Any]:
    """An order; `acknowledged` shows it as it was accepted, before it traded."""
    instrument = exchange.instrument(order.symbol)
    tick, step = instrument.tick_size, instrument.qty_step
    algo = ledger.algo_of(order)
    kind = order.kind.value.upper()
    filled = ZERO if acknowledged else order.filled
    return {
        "orderId": ledger.order_number(order),
        "symbol": order.symbol,
        "status": "NEW" if acknowledged else order_status(order),
        "clientOrderId": shown_client_id(ledger, order),
        "price": fixed(order.price, tick),
        "avgPrice": fixed(ZERO if acknowledged else average_price(order), Decimal("0.00001")),
        "origQty": fixed(order.qty, step),
        "executedQty": fixed(filled, step),
        "cumQuote": fixed(ZERO if acknowledged else order.filled_value, Decimal("0.00001")),
        "timeInForce": time_in_force(order),
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": algo.close_position if algo is not None else False,
        "side": side_word(order.side),
        "positionSide": position_side(order.leg_index),
        "stopPrice": fixed(order.trigger_price or ZERO, tick),
        "workingType": working_type(order),
        "priceProtect": algo.price_protect if algo is not None else False,
        "origType": kind if algo is None else algo.kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": SELF_MATCH[order.self_match],
        "goodTillDate": 0,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def shown_client_id(ledger: Ledger, order: Order) -> str:
    """Return the client's id; an order that was sent without one got one from the exchange."""
    if order.client_id:
        return order.client_id
    algo = ledger.algo_of(order)
    return algo.client_id if algo is not None else f"auto-{ledger.order_number(order)}"


def algo_row(exchange: Exchange, ledger: Ledger, algo: AlgoOrder) -> dict[str, Any]:
    """A conditional order of the algo service."""
    order = algo.order
    instrument = exchange.instrument(order.symbol)
    tick, step = instrument.tick_size, instrument.qty_step
    traded = algo.in_matching
    return {
        "algoId": algo.algo_id,
        "clientAlgoId": algo.client_id,
        "algoType": "CONDITIONAL",
        "orderType": algo.kind,
        "symbol": order.symbol,
        "side": side_word(order.side),
        "positionSide": position_side(order.leg_index),
        "timeInForce": algo.time_in_force,
        "quantity": fixed(ZERO if algo.close_position else order.qty, step),
        "algoStatus": algo.status,
        "actualOrderId": str(ledger.order_number(order)) if traded else "",
        "actualPrice": fixed(average_price(order) if traded else ZERO, Decimal("0.00001")),
        "triggerPrice": fixed(order.trigger_price or ZERO, tick),
        "price": fixed(order.price, tick),
        "icebergQuantity": None,
        "tpTriggerPrice": fixed(ZERO, tick),
        "tpPrice": fixed(ZERO, tick),
        "slTriggerPrice": fixed(ZERO, tick),
        "slPrice": fixed(ZERO, tick),
        "tpOrderType": "",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": working_type(order),
        "priceMatch": "NONE",
        "closePosition": algo.close_position,
        "priceProtect": algo.price_protect,
        "reduceOnly": algo.close_position or order.reduce_only,
        "activatePrice": fixed(algo.activate_price, tick) if algo.activate_price else "",
        "callbackRate": plain(algo.callback_rate) if algo.callback_rate else "",
        "createTime": order.created_ms,
        "updateTime": order.updated_ms,
        "triggerTime": algo.triggered_ms,
        "goodTillDate": 0,
    }


def trade_row(exchange: Exchange, ledger: Ledger, fill: Execution) -> dict[str, Any]:
    """A fill as userTrades lists it."""
    instrument = exchange.instrument(fill.symbol)
    return {
        "buyer": fill.side is Side.BUY,
        "commission": fixed(fill.coin_fee or fill.fee, MONEY_UNIT),
        "commissionAsset": FEE_COIN if fill.coin_fee else instrument.quote,
        "id": ledger.trade_number(fill.match_id),
        "maker": fill.maker,
        "orderId": ledger.number_of_id(fill.order_id),
        "price": fixed(fill.price, instrument.tick_size),
        "qty": fixed(fill.qty, instrument.qty_step),
        "quoteQty": fixed(fill.value, MONEY_UNIT),
        "realizedPnl": fixed(fill.realised, MONEY_UNIT),
        "side": side_word(fill.side),
        "positionSide": position_side(fill.leg_index),
        "symbol": fill.symbol,
        "time": fill.time_ms,
    }


def legs_of(exchange: Exchange, account: Account, symbol: str) -> list[Leg]:
    """Return a symbol's legs in the account's mode, flat ones included."""
    hedge = account.mode(symbol) is PositionMode.HEDGE
    return [exchange.leg(account, symbol, index) for index in ((1, 2) if hedge else (0,))]


def signed_qty(leg: Leg) -> Decimal:
    """Return a leg's quantity, negative for a short one."""
    return leg.qty * leg.side.sign if leg.side is not None else ZERO


def break_even(exchange: Exchange, leg: Leg) -> Decimal:
    """Return the price at which closing pays the fees of opening and closing."""
    if leg.side is None:
        return ZERO
    sign = leg.side.sign
    return (leg.cost + sign * leg.open_fees) / leg.qty / (1 - sign * exchange.rules.taker_rate)


def open_order_margin(account: Account, leg: Leg) -> Decimal:
    """Return what resting orders of a leg hold."""
    held = (
        order.margin_held
        for order in account.open_orders.values()
        if (order.symbol, order.leg_index) == (leg.symbol, leg.index)
    )
    return sum(held, ZERO)


def isolated_wallet(account: Account, leg: Leg) -> Decimal:
    """Return an isolated leg's own money; zero in cross margin."""
    return leg.own_margin if account.isolated(leg.symbol) else ZERO


def position_risk_row(
    exchange: Exchange, account: Account, leg: Leg, *, version: int
) -> dict[str, Any]:
    """A leg as positionRisk lists it; version 2 knows leverage and margin type, 3 the margins."""
    market = exchange.market(leg.symbol)
    instrument = market.instrument
    mark = market.mark
    part = margin.leg_margin(leg, mark, instrument, exchange.rules)
    liquidation = margin.liquidation_price(exchange, account, leg)
    quantity = signed_qty(leg)
    own = isolated_wallet(account, leg)
    row: dict[str, Any] = {
        "symbol": leg.symbol,
        "positionSide": position_side(leg.index),
        "positionAmt": fixed(quantity, instrument.qty_step),
        "entryPrice": plain(leg.average.quantize(MONEY_UNIT)) if leg.qty else "0.0",
        "breakEvenPrice": plain(break_even(exchange, leg).quantize(MONEY_UNIT)),
        "markPrice": fixed(mark, MONEY_UNIT),
        "unRealizedProfit": fixed(part.unrealised, MONEY_UNIT),
        "liquidationPrice": plain(liquidation) if liquidation is not None else "0",
        "isolatedMargin": fixed(own + part.unrealised if own else ZERO, MONEY_UNIT),
        "notional": fixed(quantity * mark, MONEY_UNIT),
        "isolatedWallet": fixed(own, MONEY_UNIT),
        "updateTime": leg.updated_ms,
    }
    if version == 3:
        held = open_order_margin(account, leg)
        return row | {
            "marginAsset": instrument.quote,
            "initialMargin": fixed(part.initial + held, MONEY_UNIT),
            "maintMargin": fixed(part.maintenance, MONEY_UNIT),
            "positionInitialMargin": fixed(part.initial, MONEY_UNIT),
            "openOrderInitialMargin": fixed(held, MONEY_UNIT),
            "adl": 1 if leg.qty else 0,
            "bidNotional": "0",
            "askNotional": "0",
        }
    isolated = account.isolated(leg.symbol)
    return row | {
        "leverage": plain(leg.leverage),
        "maxNotionalValue": plain(_most_notional(exchange, leg)),
        "marginType": "isolated" if isolated else "cross",
        "isAutoAddMargin": "true" if leg.auto_add_margin else "false",
        "isolated": isolated,
        "adlQuantile": 1 if leg.qty else 0,
    }


def _most_notional(exchange: Exchange, leg: Leg) -> Decimal:
    """Return the largest position value that the leg's leverage allows."""
    tiers = exchange.instrument(leg.symbol).tiers
    allowed = [tier.limit_value for tier in tiers if tier.max_leverage >= leg.leverage]
    return max(allowed, default=tiers[0].limit_value)
