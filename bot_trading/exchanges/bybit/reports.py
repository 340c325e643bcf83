"""From Bybit's rows to the bot's reports: text to Decimal, words to enums, milliseconds to µs.

A row that cannot be understood raises `MalformedMessage`; a word that is not known to us goes to
`complain` and never becomes a plausible value.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot_trading.domain.account import Balance
from bot_trading.domain.fill import CoinAmount, LiquiditySide
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Candle
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import (
    FillReport,
    FundingReport,
    LegReport,
    OrderReport,
    StopKind,
)
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit.config import EXCHANGE
from bot_trading.exchanges.bybit.wire import (
    CoinRow,
    ExecutionRow,
    InstrumentRow,
    OrderRow,
    PositionRow,
    WalletRow,
)
from bot_trading.exchanges.figures import (
    Complain,
    above_zero,
    not_negative,
    number,
    paid_fee,
    price_or_none,
)

__all__ = [
    "Complain",
    "balance_of",
    "candle_of",
    "execution_report",
    "instrument_of",
    "leg_report",
    "order_report",
]


ZERO = Decimal(0)

SIDES = {"Buy": OrderSide.BUY, "Sell": OrderSide.SELL}
LEGS = {index.value: index for index in PositionIdx}
STATUSES = {
    "New": OrderStatus.ACCEPTED,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "Untriggered": OrderStatus.UNTRIGGERED,
    "Triggered": OrderStatus.ACCEPTED,  # For an instant, between waking and resting on the book.
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
}
STOP_KINDS = {
    "": None,
    "UNKNOWN": None,
    "Stop": None,
    "TakeProfit": StopKind.TAKE_PROFIT,
    "PartialTakeProfit": StopKind.TAKE_PROFIT,
    "StopLoss": StopKind.STOP_LOSS,
    "PartialStopLoss": StopKind.STOP_LOSS,
    "TrailingStop": StopKind.TRAILING_STOP,
}
NO_REASON = frozenset({"", "UNKNOWN", "EC_NoError"})
FILL_TYPES = frozenset({"Trade", "BustTrade", "AdlTrade"})


def order_report(row: OrderRow, ts_init_us: int, complain: Complain) -> OrderReport:
    """An order as Bybit sees it; an unknown status is None, and complained of."""
    status = STATUSES.get(row.order_status)
    if status is None:
        complain(f"order status {row.order_status!r}")
    if row.stop_order_type not in STOP_KINDS:
        complain(f"stop order type {row.stop_order_type!r}")
    reasons = (row.reject_reason, row.cancel_type)
    return OrderReport(
        exchange=EXCHANGE,
        symbol=row.symbol,
        client_order_id=row.order_link_id,
        exchange_order_id=row.order_id,
        position_idx=_leg(row.position_idx),
        side=_side(row.side),
        order_type=_order_type(row),
        status=status,
        quantity=not_negative(row.qty, "qty"),
        filled_qty=not_negative(row.cum_exec_qty, "cumExecQty"),
        avg_px=price_or_none(row.avg_price, "avgPrice"),
        price=price_or_none(row.price, "price"),
        trigger_price=price_or_none(row.trigger_price, "triggerPrice"),
        reduce_only=row.reduce_only,
        stop_kind=STOP_KINDS.get(row.stop_order_type),
        reason=" ".join(reason for reason in reasons if reason not in NO_REASON),
        ts_event_us=row.updated_time * 1000,
        ts_init_us=ts_init_us,
    )


def execution_report(
    row: ExecutionRow,
    position_idx: PositionIdx | None,
    settle_coin: str,
    ts_init_us: int,
    complain: Complain,
) -> FillReport | FundingReport | None:
    """A fill or a funding payment; None, and a complaint, for a type that is neither."""
    if row.exec_type == "Funding":
        return FundingReport(
            exchange=EXCHANGE,
            symbol=row.symbol,
            trade_id=row.exec_id,
            side=_side(row.side),
            position_idx=position_idx,
            amount=-number(row.exec_fee, "execFee"),
            rate=number(row.fee_rate, "feeRate") if row.fee_rate else None,
            ts_event_us=row.exec_time * 1000,
            ts_init_us=ts_init_us,
        )
    if row.exec_type not in FILL_TYPES:
        complain(f"execution type {row.exec_type!r}")
        return None
    commission, other = _commission(row, settle_coin, complain)
    return FillReport(
        exchange=EXCHANGE,
        symbol=row.symbol,
        trade_id=row.exec_id,
        client_order_id=row.order_link_id,
        exchange_order_id=row.order_id,
        side=_side(row.side),
        position_idx=position_idx,
        closed_qty=not_negative(row.closed_size, "closedSize") if row.closed_size else None,
        last_qty=above_zero(row.exec_qty, "execQty"),
        last_px=above_zero(row.exec_price, "execPrice"),
        commission=commission,
        liquidity_side=LiquiditySide.MAKER if row.is_maker else LiquiditySide.TAKER,
        ts_event_us=row.exec_time * 1000,
        ts_init_us=ts_init_us,
        other_commission=other,
        stop_kind=STOP_KINDS.get(row.stop_order_type),
    )


def leg_report(row: PositionRow, ts_init_us: int) -> LegReport:
    """One leg with the protection that rests for it; the two spellings of its price are one."""
    return LegReport(
        leg_id=LegId(EXCHANGE, row.symbol, _leg(row.position_idx)),
        quantity=not_negative(row.size, "size"),
        avg_px=price_or_none(row.avg_price or row.entry_price, "avgPrice"),
        stop_loss=price_or_none(row.stop_loss, "stopLoss"),
        take_profit=price_or_none(row.take_profit, "takeProfit"),
        liquidation_px=price_or_none(row.liq_price, "liqPrice"),
        ts_event_us=_millis_or_zero(row.updated_time) * 1000,
        ts_init_us=ts_init_us,
        trailing_distance=price_or_none(row.trailing_stop, "trailingStop"),
    )


def balance_of(row: WalletRow, coin: str, ts_event_us: int) -> Balance | None:
    """The account's money in `coin`, or None when the wallet does not name that coin.

    What is available comes from the account's total (in USD, which the settle coin is worth), or,
    where margin is isolated and that total is empty, from the coin: wallet balance less margin of
    positions and orders and what is locked.
    """
    for held in row.coin:
        if held.coin == coin:
            total = row.total_available_balance
            return Balance(
                exchange=EXCHANGE,
                coin=coin,
                equity=number(held.equity, "equity"),
                wallet_balance=number(held.wallet_balance, "walletBalance"),
                available=number(total, "totalAvailableBalance") if total else _free(held),
                ts_event_us=ts_event_us,
            )
    return None


def instrument_of(row: InstrumentRow) -> Instrument:
    """A linear perpetual's grid and bounds."""
    lot = row.lot_size_filter
    return Instrument(
        instrument_id=InstrumentId(EXCHANGE, row.symbol),
        base_coin=row.base_coin,
        quote_coin=row.quote_coin,
        tick_size=above_zero(row.price_filter.tick_size, "tickSize"),
        qty_step=above_zero(lot.qty_step, "qtyStep"),
        min_qty=above_zero(lot.min_order_qty, "minOrderQty"),
        max_qty=above_zero(lot.max_order_qty, "maxOrderQty"),
        max_market_qty=above_zero(lot.max_mkt_order_qty, "maxMktOrderQty"),
        min_notional=not_negative(lot.min_notional_value, "minNotionalValue"),
        leverage_max=above_zero(row.leverage_filter.max_leverage, "maxLeverage"),
        funding_interval_min=row.funding_interval,
        is_trading=row.status == "Trading",
    )


def candle_of(
    instrument_id: InstrumentId,
    interval_s: int,
    open_ms: int,
    texts: Sequence[str],
) -> Candle:
    """A candle from open, high, low, close and volume; an impossible one is malformed."""
    opened, high, low, close, volume = (number(text, "a candle's value") for text in texts)
    candle = Candle(
        instrument_id=instrument_id,
        interval_s=interval_s,
        open_us=open_ms * 1000,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )
    problem = candle.problem()
    if problem is not None:
        raise MalformedMessage(f"candle of {instrument_id} at {open_ms}: {problem}")
    return candle


def _side(word: str) -> OrderSide:
    side = SIDES.get(word)
    if side is None:
        raise MalformedMessage(f"side is {word[:40]!r}, expected Buy or Sell")
    return side


def _leg(index: int) -> PositionIdx:
    leg = LEGS.get(index)
    if leg is None:
        raise MalformedMessage(f"positionIdx is {index}, expected 0, 1 or 2")
    return leg


def _order_type(row: OrderRow) -> OrderType:
    waits = row.stop_order_type not in ("", "UNKNOWN")
    if row.order_type == "Market":
        return OrderType.STOP_MARKET if waits else OrderType.MARKET
    if row.order_type == "Limit":
        return OrderType.STOP_LIMIT if waits else OrderType.LIMIT
    raise MalformedMessage(f"orderType is {row.order_type[:40]!r}, expected Market or Limit")


def _commission(
    row: ExecutionRow, settle_coin: str, complain: Complain
) -> tuple[Decimal, CoinAmount | None]:
    """What was paid for a fill, surcharges included; derivatives leave their settle coin unnamed.

    Of several other coins only one can be kept, and the rest is complained of.
    """
    fees = [(row.exec_fee, row.fee_currency)]
    if not isinstance(row.extra_fees, str):
        fees += [(extra.fee, extra.fee_coin) for extra in row.extra_fees]
    elif row.extra_fees not in ("", "[]"):
        complain(f"extra fees told as text: {row.extra_fees[:80]!r}")
    told = [
        paid_fee(number(text, "a fee"), coin or settle_coin, settle_coin, complain)
        for text, coin in fees
    ]
    others = [other for _, other in told if other is not None]
    if len({other.coin for other in others}) > 1:
        complain(f"a fill with fees in {', '.join(sorted({each.coin for each in others}))}")
    return sum((fee for fee, _ in told), ZERO), _sum_of_a_coin(others)


def _sum_of_a_coin(fees: Sequence[CoinAmount]) -> CoinAmount | None:
    if not fees:
        return None
    coin = fees[0].coin
    amount = sum((fee.amount for fee in fees if fee.coin == coin), ZERO)
    return CoinAmount(amount=amount, coin=coin)


def _free(held: CoinRow) -> Decimal:
    taken = (held.total_position_im, held.total_order_im, held.locked)
    free = number(held.wallet_balance, "walletBalance") - sum(
        (number(text, "a margin of the wallet") for text in taken), ZERO
    )
    return max(free, ZERO)


def _millis_or_zero(value: int | str) -> int:
    """Milliseconds; a leg that was never used has none, which Bybit writes as an empty text."""
    return value if isinstance(value, int) else int(not_negative(value or "0", "updatedTime"))
