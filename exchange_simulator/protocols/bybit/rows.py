"""The rows of Bybit's answers and messages: orders, executions, positions, wallets."""

from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.liquidation import bankruptcy_price
from exchange_simulator.model import (
    Account,
    ClosedPnl,
    Execution,
    ExecutionKind,
    Leg,
    LogEntry,
    MarginMode,
    Order,
    StopKind,
    TriggerBy,
)
from exchange_simulator.protocols.answers import plain
from exchange_simulator.state import Exchange, money

__all__ = [
    "closed_pnl_row",
    "execution_row",
    "log_row",
    "order_row",
    "position_row",
    "wallet_row",
]

_BREAK_EVEN_RATE = Decimal("0.00055")


def _or_empty(value: Decimal | None) -> str:
    return plain(value) if value else ""


def _by(by: TriggerBy) -> str:
    return "" if by is TriggerBy.NONE else by.value


def _kind(kind: StopKind) -> str:
    return "" if kind is StopKind.NONE else kind.value


def order_row(order: Order) -> dict[str, Any]:
    """An order as realtime, history and the order topic show it.

    Quantities have the decimals of the step and prices those of the tick, as in the vendor's
    examples ("0.003", "26864.40"); executions and positions are written without trailing zeros.
    """
    average = order.filled_value / order.filled if order.filled else None
    closed_early = not order.open
    leaves = Decimal(0) if closed_early else order.leaves
    price = order.price
    trigger = order.trail_from or order.trigger_price
    conditional = order.trigger_price is not None
    return {
        "orderId": order.order_id,
        "orderLinkId": order.client_id,
        "blockTradeId": "",
        "symbol": order.symbol,
        "price": format(price, "f"),
        "qty": format(order.qty, "f"),
        "side": order.side.value,
        "isLeverage": "",
        "positionIdx": order.leg_index,
        "orderStatus": order.status.value,
        "createType": order.create_cause.value,
        "cancelType": order.cancel_cause.value,
        "rejectReason": order.reject_cause.value,
        "avgPrice": plain(average.quantize(Decimal("1e-8"))) if average else "",
        "leavesQty": format(leaves.quantize(order.qty), "f"),
        "leavesValue": plain(leaves * price),
        "cumExecQty": format(order.filled.quantize(order.qty), "f"),
        "cumExecValue": plain(order.filled_value),
        "cumExecFee": plain(order.fee),
        "closedPnl": plain(order.realised),
        "timeInForce": order.time_in_force.value,
        "orderType": order.kind.value,
        "stopOrderType": _kind(order.stop_kind),
        "orderIv": "",
        "triggerPrice": _or_empty(trigger),
        "takeProfit": _or_empty(order.take_profit),
        "stopLoss": _or_empty(order.stop_loss),
        "tpTriggerBy": _by(order.take_profit_by),
        "slTriggerBy": _by(order.stop_loss_by),
        "triggerDirection": (1 if order.trigger_rises else 2) if conditional else 0,
        "triggerBy": _by(order.trigger_by),
        "lastPriceOnCreated": plain(order.last_on_created),
        "reduceOnly": order.reduce_only,
        "closeOnTrigger": order.close_on_trigger,
        "smpType": order.self_match,
        "smpGroup": 0,
        "smpOrderId": "",
        "tpslMode": order.stop_mode.value,
        "tpLimitPrice": _or_empty(order.take_profit_limit),
        "slLimitPrice": _or_empty(order.stop_loss_limit),
        "placeType": "",
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "",
        "parentOrderLinkId": order.parent_client_id,
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
        "extraFees": "",
        "feeCurrency": "",
        "cumFeeDetail": {"USDT": plain(order.fee)} if order.fee else {},
        "rpiTakerAccess": False,
        "rpiMatchedQty": "0",
    }


def execution_row(execution: Execution) -> dict[str, Any]:
    """A fill or settlement; like the real one it does not tell the leg."""
    funding = execution.kind is ExecutionKind.FUNDING
    kind = execution.order_kind
    return {
        "symbol": execution.symbol,
        "orderType": "UNKNOWN" if kind is None else kind.value,
        "underlyingPrice": "",
        "orderLinkId": execution.client_id,
        "side": execution.side.value,
        "indexPrice": "",
        "orderId": execution.order_id,
        "stopOrderType": "UNKNOWN" if funding else execution.stop_kind.value,
        "leavesQty": plain(execution.leaves),
        "execTime": str(execution.time_ms),
        "feeCurrency": "USDT",
        "isMaker": execution.maker,
        "execFee": plain(execution.fee),
        "feeRate": plain(execution.fee_rate),
        "execId": execution.execution_id,
        "tradeIv": "",
        "blockTradeId": "",
        "markPrice": plain(execution.mark),
        "execPrice": plain(execution.price),
        "markIv": "",
        "orderQty": plain(execution.order_qty),
        "orderPrice": plain(execution.order_price),
        "execValue": plain(execution.value),
        "execType": execution.kind.value,
        "execQty": plain(execution.qty),
        "closedSize": plain(execution.closed_qty),
        "execPnl": plain(execution.realised),
        "createType": execution.create_cause.value,
        "isLeverage": "0",
        "marketUnit": "",
        "extraFees": "",
        "seq": execution.seq,
    }


def position_row(
    exchange: Exchange, account: Account, leg: Leg, *, stream: bool = False
) -> dict[str, Any]:
    """A leg; the stream calls the average entryPrice, REST avgPrice."""
    market = exchange.markets[leg.symbol]
    mark = market.mark
    part = margin.leg_margin(leg, mark, market.instrument, exchange.rules)
    tier = market.instrument.tier_for(part.value)
    isolated = account.isolated(leg.symbol)
    liquidation = margin.liquidation_price(exchange, account, leg)
    bankrupt = bankruptcy_price(exchange, account, leg) if isolated and leg.qty else None
    average = plain(leg.average.quantize(Decimal("1e-8"))) if leg.qty else "0"
    row: dict[str, Any] = {
        "positionIdx": leg.index,
        "riskId": tier.number,
        "riskLimitValue": plain(tier.limit_value),
        "symbol": leg.symbol,
        "side": leg.side.value if leg.side else "",
        "size": plain(leg.qty),
        "avgPrice": average,
        "positionValue": plain(money(leg.cost)),
        "tradeMode": 1 if isolated else 0,
        "positionStatus": "Normal",
        "autoAddMargin": 1 if leg.auto_add_margin else 0,
        "adlRankIndicator": 2 if leg.qty else 0,
        "leverage": plain(leg.leverage),
        "breakEvenPrice": _break_even(leg),
        "positionBalance": plain(part.initial) if isolated else "0",
        "markPrice": plain(mark),
        "liqPrice": plain(liquidation) if liquidation else "",
        "bustPrice": _or_empty(bankrupt),
        "positionMM": plain(part.maintenance),
        "positionMMByMp": plain(part.maintenance),
        "positionIM": plain(part.initial),
        "positionIMByMp": plain(part.initial),
        "tpslMode": leg.stop_mode.value,
        "takeProfit": _trigger(leg.take_profit),
        "stopLoss": _trigger(leg.stop_loss),
        "trailingStop": _trail(leg.trailing),
        "unrealisedPnl": plain(part.unrealised),
        "curRealisedPnl": plain(leg.realised_now),
        "cumRealisedPnl": plain(leg.realised_ever),
        "seq": leg.seq,
        "isReduceOnly": False,
        "mmrSysUpdateTime": "",
        "leverageSysUpdatedTime": "",
        "sessionAvgPrice": "",
        "createdTime": str(leg.created_ms),
        "updatedTime": str(leg.updated_ms),
    }
    if stream:
        row["entryPrice"] = row.pop("avgPrice")
        row["mmrSysUpdatedTime"] = row.pop("mmrSysUpdateTime")
        row["category"] = "linear"
    return row


def _trigger(order: Order | None) -> str:
    return _or_empty(order.trigger_price) if order is not None else ""


def _trail(order: Order | None) -> str:
    return _or_empty(order.trail_distance) if order is not None else "0"


def _break_even(leg: Leg) -> str:
    """(entry x qty - realised) / (qty - |qty| x taker rate), qty signed."""
    if leg.side is None:
        return ""
    sign = leg.side.sign
    price = (leg.cost * sign - leg.realised_now) / (leg.qty * sign - leg.qty * _BREAK_EVEN_RATE)
    return plain(price.quantize(Decimal("1e-8")))


def wallet_row(exchange: Exchange, account: Account) -> dict[str, Any]:
    """The unified account: totals in USD, where one USDT counts as one USD, and its only coin."""
    total = margin.summary(exchange, account)
    isolated = account.margin_mode is MarginMode.ISOLATED
    initial = total.position_initial + total.order_initial
    equity = total.equity
    return {
        "totalEquity": plain(equity),
        "accountIMRate": "" if isolated else _rate(initial, equity),
        "accountIMRateByMp": "" if isolated else _rate(initial, equity),
        "totalMarginBalance": "" if isolated else plain(equity),
        "totalInitialMargin": "" if isolated else plain(initial),
        "totalInitialMarginByMp": "" if isolated else plain(initial),
        "accountType": "UNIFIED",
        "totalAvailableBalance": "" if isolated else plain(total.available),
        "accountMMRate": "" if isolated else _rate(total.position_maintenance, equity),
        "accountMMRateByMp": "" if isolated else _rate(total.position_maintenance, equity),
        "totalPerpUPL": plain(total.unrealised),
        "totalWalletBalance": plain(total.wallet),
        "accountLTV": "0",
        "totalMaintenanceMargin": "" if isolated else plain(total.position_maintenance),
        "totalMaintenanceMarginByMp": "" if isolated else plain(total.position_maintenance),
        "coin": [_coin_row(account, total)],
    }


def _coin_row(account: Account, total: margin.Summary) -> dict[str, Any]:
    return {
        "availableToBorrow": "",
        "bonus": "0",
        "accruedInterest": "0",
        "availableToWithdraw": "",
        "totalOrderIM": plain(total.order_initial),
        "equity": plain(total.equity),
        "totalPositionMM": plain(total.position_maintenance),
        "usdValue": plain(total.equity),
        "spotHedgingQty": "0",
        "unrealisedPnl": plain(total.unrealised),
        "collateralSwitch": True,
        "borrowAmount": "0",
        "totalPositionIM": plain(total.position_initial),
        "walletBalance": plain(total.wallet),
        "cumRealisedPnl": plain(account.realised_ever),
        "locked": "0",
        "marginCollateral": True,
        "coin": "USDT",
        "spotBorrow": "0",
        "free": "",
    }


def _rate(part: Decimal, whole: Decimal) -> str:
    return plain((part / whole).quantize(Decimal("0.0001"))) if whole > 0 else "0"


def closed_pnl_row(row: ClosedPnl) -> dict[str, Any]:
    """What an order closed, both fees included."""
    return {
        "symbol": row.symbol,
        "orderType": row.order_kind.value,
        "leverage": plain(row.leverage),
        "updatedTime": str(row.updated_ms),
        "side": row.side.value,
        "orderId": row.order_id,
        "closedPnl": plain(row.pnl),
        "avgEntryPrice": plain((row.entry_value / row.closed_qty).quantize(Decimal("1e-8"))),
        "qty": plain(row.qty),
        "cumEntryValue": plain(row.entry_value),
        "createdTime": str(row.created_ms),
        "orderPrice": plain(row.order_price),
        "closedSize": plain(row.closed_qty),
        "avgExitPrice": plain((row.exit_value / row.closed_qty).quantize(Decimal("1e-8"))),
        "execType": row.kind.value,
        "fillCount": str(row.fills),
        "cumExitValue": plain(row.exit_value),
    }


def log_row(entry: LogEntry) -> dict[str, Any]:
    """One change of the wallet."""
    return {
        "transSubType": "",
        "id": entry.entry_id,
        "symbol": entry.symbol,
        "side": entry.side,
        "funding": "" if entry.funding is None else plain(entry.funding),
        "orderLinkId": entry.client_id,
        "orderId": entry.order_id,
        "fee": plain(entry.fee),
        "change": plain(entry.change),
        "cashFlow": plain(entry.cash_flow),
        "transactionTime": str(entry.time_ms),
        "type": entry.kind,
        "feeRate": plain(entry.fee_rate),
        "bonusChange": "",
        "size": plain(entry.size),
        "qty": plain(entry.qty),
        "cashBalance": plain(entry.balance),
        "currency": "USDT",
        "category": "linear",
        "tradePrice": plain(entry.price),
        "tradeId": entry.trade_id,
        "extraFees": "",
    }
