"""From Binance's rows to the bot's reports: text to Decimal, words to enums, milliseconds to µs.

A row that cannot be understood raises `MalformedMessage`; a word that is not known to us goes to
`complain` and never becomes a plausible value. Our own protective orders are reported as the
exchange's, without a client order id and with their kind, since a leg's own report tells what rests
for it.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.fill import CoinAmount, LiquiditySide
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import FillReport, FundingReport, OrderReport
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance.config import EXCHANGE
from bot_trading.exchanges.binance.names import KindOf
from bot_trading.exchanges.binance.wire import (
    AlgoEvent,
    AlgoRow,
    IncomeRow,
    OrderEvent,
    OrderRow,
    TradeRow,
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
    *("ALGO_ENDED", "ALGO_RESTS", "algo_event_report", "algo_report"),
    *("event_fill", "event_report", "funding_report", "held_quantity", "leg_of", "opens"),
    *("order_report", "trade_report"),
]


ZERO = Decimal(0)

SIDES = {"BUY": OrderSide.BUY, "SELL": OrderSide.SELL}
LEGS = {
    "BOTH": PositionIdx.ONE_WAY,
    "LONG": PositionIdx.LONG,
    "SHORT": PositionIdx.SHORT,
}
STATUSES = {
    "NEW": OrderStatus.ACCEPTED,
    "PENDING_NEW": OrderStatus.ACCEPTED,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.CANCELED,  # The rest of an order that the exchange ended.
    "EXPIRED_IN_MATCH": OrderStatus.CANCELED,
    "REJECTED": OrderStatus.REJECTED,
}
ALGO_RESTS = frozenset({"NEW"})
ALGO_MOVES = frozenset({"TRIGGERING", "TRIGGERED"})  # Its order in the matching engine tells more.
ALGO_ENDED = frozenset({"FINISHED", "CANCELED", "EXPIRED", "REJECTED"})
ALGO_STATUSES = {
    "NEW": OrderStatus.UNTRIGGERED,
    "TRIGGERING": OrderStatus.ACCEPTED,
    "TRIGGERED": OrderStatus.ACCEPTED,
    "FINISHED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.CANCELED,
    "REJECTED": OrderStatus.REJECTED,
}
TYPES = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "LIQUIDATION": OrderType.MARKET,
    "STOP_MARKET": OrderType.STOP_MARKET,
    "TAKE_PROFIT_MARKET": OrderType.STOP_MARKET,
    "TRAILING_STOP_MARKET": OrderType.STOP_MARKET,
    "STOP": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.STOP_LIMIT,
}


def leg_of(symbol: str, word: str) -> LegId:
    """The leg that a message names."""
    leg = LEGS.get(word)
    if leg is None:
        raise MalformedMessage(f"position side is {word[:40]!r}, expected LONG, SHORT or BOTH")
    return LegId(EXCHANGE, symbol, leg)


def held_quantity(leg_id: LegId, text: str) -> Decimal:
    """What a leg holds; short legs are told as negative, and any other sign is a contradiction."""
    amount = number(text, "a position's amount")
    wrong = {PositionIdx.LONG: amount < 0, PositionIdx.SHORT: amount > 0}
    if wrong.get(leg_id.position_idx, False):
        raise MalformedMessage(f"{leg_id} holds {text[:40]}, which has the other leg's sign")
    return abs(amount)


def opens(side: OrderSide, position_idx: PositionIdx) -> bool:
    """True when an order of this side grows its leg."""
    return (side is OrderSide.BUY) == (position_idx is PositionIdx.LONG)


def order_report(
    row: OrderRow, ts_init_us: int, complain: Complain, kind_of: KindOf
) -> OrderReport:
    """An order of the matching engine, by REST; an unknown status is None, and complained of."""
    return _order(
        kind_of=kind_of,
        symbol=row.symbol,
        client_id=row.client_order_id,
        order_id=str(row.order_id),
        leg_word=row.position_side,
        side_word=row.side,
        type_word=row.type,
        status=_status(row.status, complain),
        quantity=row.orig_qty,
        filled=row.executed_qty,
        avg_px=row.avg_price,
        price=row.price,
        trigger=row.stop_price,
        ts_event_us=row.update_time * 1000,
        ts_init_us=ts_init_us,
    )


def event_report(
    event: OrderEvent, ts_init_us: int, complain: Complain, kind_of: KindOf
) -> OrderReport:
    """The same from the stream."""
    return _order(
        kind_of=kind_of,
        symbol=event.symbol,
        client_id=event.client_order_id,
        order_id=str(event.order_id),
        leg_word=event.position_side,
        side_word=event.side,
        type_word=event.type,
        status=_status(event.status, complain),
        quantity=event.quantity,
        filled=event.filled,
        avg_px=event.avg_price,
        price=event.price,
        trigger=event.stop_price,
        ts_event_us=event.time_ms * 1000,
        ts_init_us=ts_init_us,
    )


def algo_report(row: AlgoRow, ts_init_us: int, complain: Complain, kind_of: KindOf) -> OrderReport:
    """A conditional order; what became of it after it woke is told by its order number."""
    return _order(
        kind_of=kind_of,
        symbol=row.symbol,
        client_id=row.client_algo_id,
        order_id=str(row.algo_id),
        leg_word=row.position_side,
        side_word=row.side,
        type_word=row.order_type,
        status=_algo_status(row.algo_status, complain),
        quantity=row.quantity,
        filled="0",
        avg_px="",
        price=row.price,
        trigger=row.trigger_price,
        ts_event_us=row.update_time * 1000,
        ts_init_us=ts_init_us,
    )


def algo_event_report(
    event: AlgoEvent, time_ms: int, ts_init_us: int, complain: Complain, kind_of: KindOf
) -> OrderReport | None:
    """The same from the stream; None while the order of the matching engine tells what happens."""
    if event.status in ALGO_MOVES or event.status == "FINISHED":
        return None
    return _order(
        kind_of=kind_of,
        symbol=event.symbol,
        client_id=event.client_algo_id,
        order_id=str(event.algo_id),
        leg_word=event.position_side,
        side_word=event.side,
        type_word=event.type,
        status=_algo_status(event.status, complain),
        quantity=event.quantity,
        filled="0",
        avg_px="",
        price="",
        trigger=event.trigger_price,
        reason=event.reason,
        ts_event_us=time_ms * 1000,
        ts_init_us=ts_init_us,
    )


def trade_report(
    row: TradeRow,
    client_order_id: str,
    settle_coin: str,
    ts_init_us: int,
    complain: Complain,
    kind_of: KindOf,
) -> FillReport:
    """A fill by REST; `client_order_id` is remembered or asked for, since the row has none."""
    paid = _commission(row.commission, row.commission_asset, settle_coin, complain)
    leg = leg_of(row.symbol, row.position_side)
    kind = kind_of(client_order_id, leg)
    return FillReport(
        exchange=EXCHANGE,
        symbol=row.symbol,
        trade_id=str(row.id),
        client_order_id="" if kind else client_order_id,
        exchange_order_id=str(row.order_id),
        side=_side(row.side),
        position_idx=leg.position_idx,
        closed_qty=None,
        last_qty=above_zero(row.qty, "qty"),
        last_px=above_zero(row.price, "price"),
        commission=paid[0],
        liquidity_side=LiquiditySide.MAKER if row.maker else LiquiditySide.TAKER,
        ts_event_us=row.time * 1000,
        ts_init_us=ts_init_us,
        other_commission=paid[1],
        stop_kind=kind,
    )


def event_fill(
    event: OrderEvent, settle_coin: str, ts_init_us: int, complain: Complain, kind_of: KindOf
) -> FillReport | None:
    """The fill that an order event tells of, or None when it tells of none."""
    if event.execution not in ("TRADE", "CALCULATED"):
        return None
    if event.trade_id == 0:
        raise MalformedMessage(f"a fill of {event.symbol[:20]} without a trade id")
    leg = leg_of(event.symbol, event.position_side)
    kind = kind_of(event.client_order_id, leg)
    paid = _commission(event.commission, event.commission_asset, settle_coin, complain)
    return FillReport(
        exchange=EXCHANGE,
        symbol=event.symbol,
        trade_id=str(event.trade_id),
        client_order_id="" if kind else event.client_order_id,
        exchange_order_id=str(event.order_id),
        side=_side(event.side),
        position_idx=leg.position_idx,
        closed_qty=None,
        last_qty=above_zero(event.last_qty, "l"),
        last_px=above_zero(event.last_price, "L"),
        commission=paid[0],
        liquidity_side=LiquiditySide.MAKER if event.maker else LiquiditySide.TAKER,
        ts_event_us=event.time_ms * 1000,
        ts_init_us=ts_init_us,
        other_commission=paid[1],
        stop_kind=kind,
    )


def funding_report(row: IncomeRow, rate: Decimal | None, ts_init_us: int) -> FundingReport:
    """A settlement. Binance names no leg: at a positive rate who paid was long (vendor's rule)."""
    amount = number(row.income, "income")
    is_long = None if not rate or not amount else (rate > 0) != (amount > 0)
    leg = None if is_long is None else PositionIdx.LONG if is_long else PositionIdx.SHORT
    return FundingReport(
        exchange=EXCHANGE,
        symbol=row.symbol,
        trade_id=str(row.tran_id),
        side=OrderSide.SELL if leg is PositionIdx.SHORT else OrderSide.BUY,
        position_idx=leg,
        amount=amount,
        rate=rate,
        ts_event_us=row.time * 1000,
        ts_init_us=ts_init_us,
    )


def _order(
    *,
    kind_of: KindOf,
    symbol: str,
    client_id: str,
    order_id: str,
    leg_word: str,
    side_word: str,
    type_word: str,
    status: OrderStatus | None,
    quantity: str,
    filled: str,
    avg_px: str,
    price: str,
    trigger: str,
    ts_event_us: int,
    ts_init_us: int,
    reason: str = "",
) -> OrderReport:
    order_type = TYPES.get(type_word)
    if order_type is None:
        raise MalformedMessage(f"order type is {type_word[:40]!r}, which is not known")
    leg, side = leg_of(symbol, leg_word), _side(side_word)
    kind = kind_of(client_id, leg)
    return OrderReport(
        exchange=EXCHANGE,
        symbol=symbol,
        client_order_id="" if kind is not None else client_id,
        exchange_order_id=order_id,
        position_idx=leg.position_idx,
        side=side,
        order_type=order_type,
        status=status,
        quantity=not_negative(quantity, "quantity"),
        filled_qty=not_negative(filled, "filled quantity"),
        avg_px=price_or_none(avg_px, "average price"),
        price=price_or_none(price, "price"),
        trigger_price=price_or_none(trigger, "trigger price"),
        reduce_only=leg.position_idx is not PositionIdx.ONE_WAY
        and not opens(side, leg.position_idx),
        stop_kind=kind,
        reason=reason,
        ts_event_us=ts_event_us,
        ts_init_us=ts_init_us,
    )


def _status(word: str, complain: Complain) -> OrderStatus | None:
    status = STATUSES.get(word)
    if status is None:
        complain(f"order status {word[:40]!r}")
    return status


def _algo_status(word: str, complain: Complain) -> OrderStatus | None:
    status = ALGO_STATUSES.get(word)
    if status is None:
        complain(f"algo order status {word[:40]!r}")
    return status


def _side(word: str) -> OrderSide:
    side = SIDES.get(word)
    if side is None:
        raise MalformedMessage(f"side is {word[:40]!r}, expected BUY or SELL")
    return side


def _commission(
    text: str, coin: str, settle_coin: str, complain: Complain
) -> tuple[Decimal, CoinAmount | None]:
    """What was paid for a fill; a stream leaves it out where nothing was."""
    fee = number(text, "commission") if text else ZERO
    return paid_fee(fee, coin, settle_coin, complain)
