"""Orders of OKX's algo service as the bot sees them: which leg they protect, at which prices.

OKX keeps protection apart from legs: a stop loss and a take profit that share one order of the
algo service are two stops here, named by its id and "-sl" or "-tp".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import OrderReport, StopKind
from bot_trading.exchanges.figures import above_zero, number
from bot_trading.exchanges.okx.config import EXCHANGE
from bot_trading.exchanges.okx.contracts import Contracts, symbol_of
from bot_trading.exchanges.okx.reports import (
    Complain,
    leg_of,
    millis,
    price_or_none,
    side_of,
)
from bot_trading.exchanges.okx.requests import Stops
from bot_trading.exchanges.okx.wire import AlgoRow, OrderRow

__all__ = ["Algo", "algo_id_of", "algo_of", "covering", "stop_reports", "which_fired"]

STATUSES = {
    "live": OrderStatus.UNTRIGGERED,
    "pause": OrderStatus.UNTRIGGERED,
    "partially_effective": OrderStatus.UNTRIGGERED,
    "effective": OrderStatus.CANCELED,  # It became another order, which is reported by itself.
    "canceled": OrderStatus.CANCELED,
    "order_failed": OrderStatus.CANCELED,
    "partially_failed": OrderStatus.CANCELED,
}
FIRED = {"sl": StopKind.STOP_LOSS, "tp": StopKind.TAKE_PROFIT}
PROTECTIVE = frozenset({"conditional", "oco"})
STOP_LOSS_SUFFIX, TAKE_PROFIT_SUFFIX = "-sl", "-tp"
MARKET_WORDS = ("", "-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Algo:
    """A stop loss, a take profit or both that close a leg; `size` of None covers all of it.

    Sizes are base coin. `fired` is set once one of the two became an order.
    """

    algo_id: str
    client_id: str
    leg_id: LegId
    stops: Stops
    size: Decimal | None
    is_live: bool
    fired: StopKind | None
    ts_us: int


def algo_of(row: AlgoRow, contracts: Contracts) -> Algo | None:
    """What protects a leg, or None for an order of the service that does something else."""
    leg, side = leg_of(row.pos_side), side_of(row.side)
    closes = (side is OrderSide.SELL) == (leg is PositionIdx.LONG)
    if row.ord_type not in PROTECTIVE or leg is PositionIdx.ONE_WAY or not closes:
        return None
    stops = _stops(row)
    if stops.shape == (False, False):
        return None
    symbol = symbol_of(row.inst_id)
    is_whole = bool(row.close_fraction) and number(row.close_fraction, "closeFraction") == 1
    return Algo(
        algo_id=row.algo_id,
        client_id=row.algo_cl_ord_id,
        leg_id=LegId(EXCHANGE, symbol, leg),
        stops=stops,
        size=None if is_whole else contracts.quantity(symbol, above_zero(row.sz, "sz")),
        is_live=STATUSES.get(row.state) is OrderStatus.UNTRIGGERED,
        fired=FIRED.get(row.actual_side),
        ts_us=_changed_us(row),
    )


def stop_reports(
    row: AlgoRow,
    contracts: Contracts,
    leg_quantity: Decimal,
    ts_init_us: int,
    complain: Complain,
    *,
    is_own: bool = True,
) -> Iterator[OrderReport]:
    """One report per trigger price; `leg_quantity` is the size of what covers its whole leg.

    What is not our own is an order like any other that somebody else made. Nothing is told while
    that size is not known, and of kinds that have no trigger of their own.
    """
    status = STATUSES.get(row.state)
    if status is None:
        complain(f"algo order state {row.state!r}")
    symbol = symbol_of(row.inst_id)
    quantity = contracts.quantity(symbol, above_zero(row.sz, "sz")) if row.sz else leg_quantity
    leg, side = leg_of(row.pos_side), side_of(row.side)
    triggers = list(_triggers(row))
    if not triggers:
        complain(f"algo order type {row.ord_type!r} without a trigger price")
    for suffix, kind, trigger in triggers if quantity > 0 else ():
        yield OrderReport(
            exchange=EXCHANGE,
            symbol=symbol,
            client_order_id="",
            exchange_order_id=row.algo_id + suffix,
            position_idx=leg,
            side=side,
            order_type=_order_type(row),
            status=status,
            quantity=quantity,
            filled_qty=Decimal(0),
            avg_px=None,
            price=price_or_none(row.ord_px, "ordPx"),
            trigger_price=trigger,
            reduce_only=(side is OrderSide.SELL) == (leg is PositionIdx.LONG),
            stop_kind=kind if is_own else None,
            reason=_reason(row),
            ts_event_us=_changed_us(row),
            ts_init_us=ts_init_us,
            canceled_with=row.algo_id if len(triggers) > 1 else "",
        )


def algo_id_of(exchange_order_id: str) -> str | None:
    """The algo service's id of a stop as we name it, or None for an ordinary order's id."""
    for suffix in (STOP_LOSS_SUFFIX, TAKE_PROFIT_SUFFIX):
        if exchange_order_id.endswith(suffix):
            return exchange_order_id.removesuffix(suffix)
    return None


def covering(
    leg_id: LegId, quantity: Decimal, algos: Iterable[Algo], kind: StopKind
) -> Decimal | None:
    """The price at which the whole leg is closed by one kind of stop, or None.

    An order for the whole leg decides. Without one, sized orders count when they cover all that is
    held; of several prices the whole leg is closed by the last to be reached only.
    """
    is_loss = kind is StopKind.STOP_LOSS
    priced = [
        (algo, price)
        for algo in algos
        if algo.is_live
        and (price := algo.stops.stop_loss if is_loss else algo.stops.take_profit) is not None
    ]
    whole = [(algo.ts_us, price) for algo, price in priced if algo.size is None]
    if whole:
        return max(whole)[1]
    if not priced or sum(algo.size or 0 for algo, _ in priced) < quantity:
        return None
    last = min if leg_id.is_long == is_loss else max
    return last(price for _, price in priced)


def which_fired(row: OrderRow, algo: Algo) -> StopKind | None:
    """Whose trigger made an order: the only one there is, the one that the service named, or the
    one on whose side of their middle the price is.
    """
    loss, profit = algo.stops.stop_loss, algo.stops.take_profit
    if algo.fired is not None or loss is None or profit is None:
        only = StopKind.STOP_LOSS if profit is None else StopKind.TAKE_PROFIT
        return algo.fired or only
    text = row.fill_px or row.avg_px or row.last_px
    if not text:
        return None
    is_above = number(text, "a price") > (loss + profit) / 2
    return StopKind.TAKE_PROFIT if is_above == (profit > loss) else StopKind.STOP_LOSS


def _stops(row: AlgoRow) -> Stops:
    return Stops(
        stop_loss=price_or_none(row.sl_trigger_px, "slTriggerPx"),
        take_profit=price_or_none(row.tp_trigger_px, "tpTriggerPx"),
    )


def _triggers(row: AlgoRow) -> Iterator[tuple[str, StopKind | None, Decimal]]:
    stops = _stops(row)
    if stops.stop_loss is not None:
        yield STOP_LOSS_SUFFIX, StopKind.STOP_LOSS, stops.stop_loss
    if stops.take_profit is not None:
        yield TAKE_PROFIT_SUFFIX, StopKind.TAKE_PROFIT, stops.take_profit
    trigger = price_or_none(row.trigger_px, "triggerPx")
    if trigger is not None:
        yield "", None, trigger
    trailing = price_or_none(row.move_trigger_px, "moveTriggerPx")
    if trailing is not None:
        yield "", StopKind.TRAILING_STOP, trailing


def _changed_us(row: AlgoRow) -> int:
    """When it changed last; rows that do not say were not changed since they came to be."""
    return millis(row.u_time, row.c_time, "uTime") * 1000


def _order_type(row: AlgoRow) -> OrderType:
    is_market = row.ord_px in MARKET_WORDS
    return OrderType.STOP_MARKET if is_market else OrderType.STOP_LIMIT


def _reason(row: AlgoRow) -> str:
    if row.ord_id and row.state == "effective":
        return f"triggered as order {row.ord_id}"
    return f"failCode {row.fail_code}" if row.fail_code else ""
