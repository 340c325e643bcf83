"""Rows of OKX's private answers and channels: orders, algo orders, fills, positions, account."""

from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.model import (
    OWN_MARGIN,
    ZERO,
    Account,
    CancelCause,
    Execution,
    Leg,
    Order,
    OrderKind,
    PositionMode,
    Status,
    TimeInForce,
    TriggerBy,
)
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.okx.ledger import AlgoOrder, Ledger, is_profit
from exchange_simulator.protocols.okx.wire import contracts, instrument_name
from exchange_simulator.state import MONEY_UNIT, Exchange

__all__ = [
    *("account_row", "algo_row", "fill_row", "legs_of", "order_row", "order_state"),
    *("position_row", "position_side"),
]

_SIDES = {0: "net", 1: "long", 2: "short"}
_KINDS = {TimeInForce.POST_ONLY: "post_only", TimeInForce.FOK: "fok", TimeInForce.IOC: "ioc"}
_SOURCES = {
    CancelCause.BY_USER: "1",
    CancelCause.BY_REDUCE_ONLY: "20",
    CancelCause.BEFORE_LIQUIDATION: "2",
    CancelCause.BY_SELF_MATCH: "32",
}
_PRICES = {TriggerBy.LAST: "last", TriggerBy.MARK: "mark", TriggerBy.INDEX: "index"}
_AMOUNT_UNIT = Decimal("1e-12")


def position_side(leg_index: int) -> str:
    """Return net, long or short."""
    return _SIDES[leg_index % OWN_MARGIN]


def order_state(order: Order) -> str:
    """Return live, partially_filled, filled or canceled."""
    if order.status is Status.FILLED:
        return "filled"
    if order.open or order.status is Status.TRIGGERED:
        return "partially_filled" if order.filled else "live"
    return "canceled"


def margin_mode(leg_index: int) -> str:
    """Return cross or isolated."""
    return "isolated" if leg_index >= OWN_MARGIN else "cross"


def amount(value: Decimal) -> str:
    """Write an amount of money or a ratio."""
    return plain(value.quantize(_AMOUNT_UNIT))


def order_row(
    exchange: Exchange, ledger: Ledger, order: Order, fill: Execution | None = None
) -> dict[str, Any]:
    """An order; with the fill that it is told for, or its last one in the order endpoints."""
    account = exchange.by_id[order.account_id]
    instrument = exchange.instrument(order.symbol)
    algo = ledger.algo_of(order)
    market_order = order.kind is OrderKind.MARKET
    leg = exchange.leg(account, order.symbol, order.leg_index)
    filled = order.qty - fill.leaves if fill is not None else order.filled
    average = order.filled_value / order.filled if order.filled else ZERO
    canceled = order_state(order) == "canceled"
    return {
        "instType": "SWAP",
        "instId": instrument_name(instrument),
        "tgtCcy": "",
        "ccy": "",
        "ordId": str(ledger.order_number(order)),
        "clOrdId": order.client_id,
        "tag": ledger.tags.get(order.order_id, ""),
        "px": "" if market_order else plain(order.price),
        "pxUsd": "",
        "pxVol": "",
        "pxType": "",
        "sz": contracts(instrument, order.qty),
        "pnl": amount(order.realised),
        "ordType": "market" if market_order else _KINDS.get(order.time_in_force, "limit"),
        "side": order.side.value.lower(),
        "posSide": position_side(order.leg_index),
        "tdMode": margin_mode(order.leg_index),
        "accFillSz": contracts(instrument, filled),
        "fillPx": plain(fill.price) if fill else "",
        "tradeId": str(ledger.trade_number(fill.match_id)) if fill else "",
        "fillSz": contracts(instrument, fill.qty) if fill else "0",
        "fillTime": str(fill.time_ms) if fill else "",
        "avgPx": plain(average.quantize(MONEY_UNIT)) if order.filled else "",
        "state": order_state(order),
        "stpId": "",
        "stpMode": "cancel_maker",
        "lever": plain(leg.leverage),
        **_attached(order),
        "feeCcy": instrument.quote,
        "fee": amount(-order.fee),
        "rebateCcy": instrument.quote,
        "rebate": "0",
        "source": "" if algo is None else "6",
        "category": "normal",
        "reduceOnly": "true" if order.reduce_only else "false",
        "quickMgnType": "",
        "isTpLimit": "false",
        "cancelSource": _SOURCES.get(order.cancel_cause, "31") if canceled else "",
        "cancelSourceReason": "",
        "algoClOrdId": algo.client_id if algo is not None else "",
        "algoId": str(algo.algo_id) if algo is not None else "",
        "linkedAlgoOrd": {"algoId": ""},
        "uTime": str(order.updated_ms),
        "cTime": str(order.created_ms),
        "tradeQuoteCcy": "",
    }


def _attached(order: Order) -> dict[str, Any]:
    """Take profit and stop loss that an order carries for the leg that it opens."""
    texts = {
        "tpTriggerPx": plain(order.take_profit) if order.take_profit else "",
        "tpTriggerPxType": _PRICES.get(order.take_profit_by, "") if order.take_profit else "",
        "tpOrdPx": _limit(order.take_profit_limit) if order.take_profit else "",
        "slTriggerPx": plain(order.stop_loss) if order.stop_loss else "",
        "slTriggerPxType": _PRICES.get(order.stop_loss_by, "") if order.stop_loss else "",
        "slOrdPx": _limit(order.stop_loss_limit) if order.stop_loss else "",
    }
    empty = {"attachAlgoId": "", "attachAlgoClOrdId": "", "sz": "", "failCode": ""}
    attached = [{**empty, **texts}] if order.take_profit or order.stop_loss else []
    return {**texts, "attachAlgoClOrdId": "", "attachAlgoOrds": attached}


def _limit(price: Decimal | None) -> str:
    return plain(price) if price else "-1"


def algo_row(exchange: Exchange, ledger: Ledger, algo: AlgoOrder) -> dict[str, Any]:
    """An order of the algo service; take profit and stop loss share one row."""
    order = algo.orders[0]
    account = exchange.by_id[order.account_id]
    instrument = exchange.instrument(order.symbol)
    leg = exchange.leg(account, order.symbol, order.leg_index)
    fired = algo.fired
    effective = fired is not None and algo.state == "effective"
    number = str(ledger.order_number(fired)) if fired is not None and effective else ""
    row: dict[str, Any] = dict.fromkeys(
        (
            *("tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType"),
            *("slOrdPx", "triggerPx", "triggerPxType", "ordPx", "moveTriggerPx", "failCode"),
            *("pxVar", "pxSpread", "pxLimit", "szLimit", "timeInterval", "tgtCcy", "ccy"),
            *("quickMgnType", "amendPxOnTriggerType", "chaseType", "chaseVal", "uly"),
        ),
        "",
    )
    for one in algo.orders:
        trigger, by = plain(one.trigger_price or ZERO), _PRICES.get(one.trigger_by, "last")
        if algo.kind == "trigger":
            row |= {"triggerPx": trigger, "triggerPxType": by, "ordPx": _limit(one.price)}
        elif algo.kind == "move_order_stop":
            row |= {"moveTriggerPx": trigger}
        else:
            name = "tp" if is_profit(one) else "sl"
            texts = {"TriggerPx": trigger, "TriggerPxType": by, "OrdPx": _limit(one.price)}
            row |= {f"{name}{key}": text for key, text in texts.items()}
    return row | {
        "instType": "SWAP",
        "instId": instrument_name(instrument),
        "algoId": str(algo.algo_id),
        "algoClOrdId": algo.client_id,
        "clOrdId": order.client_id,
        "tag": algo.tag,
        "sz": "" if algo.close_fraction else contracts(instrument, order.qty),
        "closeFraction": algo.close_fraction,
        "ordType": algo.kind,
        "side": order.side.value.lower(),
        "posSide": position_side(order.leg_index),
        "tdMode": margin_mode(order.leg_index),
        "state": algo.state,
        "lever": plain(leg.leverage),
        "ordId": number,
        "ordIdList": [number] if number else [],
        "actualSz": contracts(instrument, fired.filled) if fired is not None else "0",
        "actualPx": plain(fired.filled_value / fired.filled) if fired and fired.filled else "",
        "actualSide": ("tp" if is_profit(fired) else "sl") if fired is not None else "",
        "triggerTime": str(algo.triggered_ms) if algo.triggered_ms else "",
        "callbackRatio": algo.callback_ratio,
        "callbackSpread": algo.callback_spread,
        "activePx": plain(algo.active_price) if algo.active_price else "",
        "reduceOnly": "true" if order.reduce_only or order.closing else "false",
        "last": plain(exchange.market(order.symbol).last),
        "notionalUsd": amount(order.qty * exchange.market(order.symbol).mark),
        "isTradeBorrowMode": "",
        "attachAlgoOrds": [],
        "linkedOrd": {"ordId": ""},
        "cTime": str(order.created_ms),
        "uTime": str(max(one.updated_ms for one in algo.orders)),
    }


def fill_row(exchange: Exchange, ledger: Ledger, fill: Execution) -> dict[str, Any]:
    """A fill as the fills endpoints list it; a fee that was paid is negative."""
    instrument = exchange.instrument(fill.symbol)
    return {
        "instType": "SWAP",
        "instId": instrument_name(instrument),
        "tradeId": str(ledger.trade_number(fill.match_id)),
        "ordId": str(ledger.number_of_id(fill.order_id)),
        "clOrdId": fill.client_id,
        "billId": str(ledger.bill_number(fill.execution_id)),
        "subType": "1",
        "tag": ledger.tags.get(fill.order_id, ""),
        "fillPx": plain(fill.price),
        "fillSz": contracts(instrument, fill.qty),
        "fillIdxPx": plain(fill.index),
        "fillPnl": amount(fill.realised),
        "fillPxVol": "",
        "fillPxUsd": "",
        "fillMarkVol": "",
        "fillFwdPx": "",
        "fillMarkPx": plain(fill.mark),
        "side": fill.side.value.lower(),
        "posSide": position_side(fill.leg_index),
        "execType": "M" if fill.maker else "T",
        "feeCcy": instrument.quote,
        "fee": amount(-fill.fee),
        "feeRate": amount(-fill.fee_rate),
        "ts": str(fill.time_ms),
        "fillTime": str(fill.time_ms),
        "tradeQuoteCcy": "",
    }


def legs_of(exchange: Exchange, account: Account, symbol: str, own: int = 0) -> list[Leg]:
    """Return a symbol's cross legs, or with OWN_MARGIN its isolated ones, flat ones included."""
    hedge = account.mode(symbol) is PositionMode.HEDGE
    return [exchange.leg(account, symbol, own + index) for index in ((1, 2) if hedge else (0,))]


def position_row(exchange: Exchange, account: Account, leg: Leg) -> dict[str, Any]:
    """A leg; its size in contracts, negative only for a short in net mode."""
    market = exchange.market(leg.symbol)
    instrument = market.instrument
    mark = market.mark
    part = margin.leg_margin(leg, mark, instrument, exchange.rules)
    liquidation = margin.liquidation_price(exchange, account, leg)
    sign = leg.side.sign if leg.side is not None and leg.index % OWN_MARGIN == 0 else 1
    size = contracts(instrument, leg.qty * sign)
    isolated = leg.index >= OWN_MARGIN
    own = leg.own_margin
    backing, kept = own + part.unrealised, part.maintenance
    if not isolated:
        backing, kept = margin.cross_pool(exchange, account)
    invested = leg.cost / leg.leverage
    index = sorted(exchange.markets).index(leg.symbol) * 2 * OWN_MARGIN + leg.index
    row: dict[str, Any] = dict.fromkeys(
        (
            *("baseBal", "baseBorrowed", "baseInterest", "bizRefId", "bizRefType", "posCcy"),
            *("deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS"),
            *("vegaPA", "liab", "liabCcy", "optVal", "quoteBal", "quoteBorrowed"),
            *("quoteInterest", "spotInUseAmt", "spotInUseCcy", "usdPx", "clSpotInUseAmt"),
            *("maxSpotInUseAmt", "pendingCloseOrdLiabVal", "interest"),
        ),
        "",
    )
    return row | {
        "instType": "SWAP",
        "instId": instrument_name(instrument),
        "mgnMode": margin_mode(leg.index),
        "posId": str(2_000_000_000 + account.account_id * 10_000 + index),
        "posSide": position_side(leg.index),
        "pos": size,
        "availPos": contracts(instrument, _available(account, leg)),
        "avgPx": plain(leg.average.quantize(MONEY_UNIT)) if leg.qty else "",
        "markPx": plain(mark),
        "last": plain(market.last),
        "idxPx": plain(market.index),
        "upl": amount(part.unrealised),
        "uplRatio": amount(part.unrealised / invested) if invested else "",
        "uplLastPx": amount(leg.unrealised(market.last)),
        "uplRatioLastPx": amount(leg.unrealised(market.last) / invested) if invested else "",
        "lever": plain(leg.leverage),
        "liqPx": plain(liquidation) if liquidation is not None else "",
        "imr": "" if isolated else amount(part.initial),
        "margin": amount(own) if isolated else "",
        "mgnRatio": amount(backing / kept) if kept else "",
        "mmr": amount(part.maintenance),
        "notionalUsd": amount(part.value),
        "adl": "1",
        "ccy": instrument.quote,
        "bePx": plain(leg.average.quantize(MONEY_UNIT)) if leg.qty else "",
        "realizedPnl": amount(leg.realised_now),
        "pnl": amount(leg.realised_now),
        "fee": amount(-leg.open_fees),
        "fundingFee": "0",
        "liqPenalty": "0",
        "settledPnl": "",
        "tradeId": "",
        "closeOrderAlgo": [],
        "cTime": str(leg.created_ms),
        "uTime": str(leg.updated_ms),
    }


def _available(account: Account, leg: Leg) -> Decimal:
    """Return what resting closing orders leave to be closed."""
    resting = (
        order.leaves
        for order in account.open_orders.values()
        if order.resting
        and order.closing
        and (order.symbol, order.leg_index) == (leg.symbol, leg.index)
    )
    return max(ZERO, leg.qty - sum(resting, ZERO))


def account_row(exchange: Exchange, account: Account) -> dict[str, Any]:
    """The trading account with its one coin."""
    total = margin.summary(exchange, account)
    frozen = total.position_initial + total.order_initial
    stamp = str(exchange.now_ms)
    own = [leg for leg in account.held() if leg.index >= OWN_MARGIN]
    own_profit = sum((leg.unrealised(exchange.market(leg.symbol).mark) for leg in own), ZERO)
    own_equity = amount(sum((leg.own_margin for leg in own), own_profit))
    ratio = amount(total.equity / total.position_maintenance) if total.position_maintenance else ""
    sums = {
        "upl": amount(total.unrealised),
        "imr": amount(frozen),
        "mmr": amount(total.position_maintenance),
        "mgnRatio": ratio,
    }
    coin: dict[str, Any] = dict.fromkeys(
        (
            *("interest", "liab", "crossLiab", "isoLiab", "uplLiab", "twap", "maxLoan"),
            *("spotIsoBal", "spotInUseAmt", "stgyEq", "smtSyncEq", "clSpotInUseAmt"),
        ),
        "0",
    )
    coin |= {
        "ccy": "USDT",
        "eq": amount(total.equity),
        "cashBal": amount(total.wallet),
        "availBal": amount(total.available),
        "availEq": amount(total.available),
        "frozenBal": amount(frozen),
        "ordFrozen": amount(total.order_initial),
        "isoEq": own_equity,
        "isoUpl": amount(own_profit),
        "eqUsd": amount(total.equity),
        "disEq": amount(total.equity),
        "notionalLever": "0",
        "fixedBal": "0",
        "collateralEnabled": False,
        "uTime": stamp,
        **sums,
    }
    return {
        "adjEq": amount(total.equity),
        "availEq": amount(total.available),
        "borrowFroz": "0",
        "details": [coin],
        "isoEq": own_equity,
        "notionalUsd": amount(
            sum(
                (leg.qty * exchange.market(leg.symbol).mark for leg in account.held()),
                ZERO,
            )
        ),
        "ordFroz": amount(total.order_initial),
        "totalEq": amount(total.equity),
        "uTime": stamp,
        **sums,
    }
