"""Ours against theirs: what differs between what we believe and what an exchange holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import Order, OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import FillReport, FundingReport, LegReport, OrderReport

__all__ = [
    "LegDifference",
    "leg_differences",
    "leg_of_fill",
    "leg_of_funding",
    "orders_to_ask_for",
    "to_fill",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDifference:
    """A leg whose quantity is not the same on both sides."""

    leg_id: LegId
    ours: Decimal
    theirs: Decimal

    def __str__(self) -> str:
        return f"{self.leg_id}: we hold {self.ours}, the exchange says {self.theirs}"


def leg_differences(
    exchange: str, ours: Mapping[LegId, PositionLeg], theirs: Iterable[LegReport]
) -> tuple[LegDifference, ...]:
    """Every leg of the exchange whose quantities differ; equal and opposite legs are not flat."""
    reported = {report.leg_id: report.quantity for report in theirs}
    held = {leg_id: leg.quantity for leg_id, leg in ours.items() if leg_id.exchange == exchange}
    zero = Decimal(0)
    return tuple(
        LegDifference(leg_id=leg_id, ours=held.get(leg_id, zero), theirs=reported.get(leg_id, zero))
        for leg_id in sorted(held.keys() | reported.keys())
        if held.get(leg_id, zero) != reported.get(leg_id, zero)
    )


def orders_to_ask_for(
    exchange: str, live: Iterable[Order], open_there: Iterable[OrderReport]
) -> tuple[Order, ...]:
    """Our live orders that the exchange does not list as open: their fate must be asked for."""
    listed = {report.client_order_id for report in open_there}
    return tuple(
        order
        for order in live
        if order.leg_id.exchange == exchange and order.client_order_id not in listed
    )


def leg_of_fill(report: FillReport, known: Order | None) -> LegId | None:
    """The leg that an execution belongs to, or None when nothing proves it.

    In this order: the message's own position index; the order that we know; and for an order of
    which we know nothing, side with the closed quantity, which in hedge mode tells the leg (Bybit
    V5: a leg's other side can only reduce, and `closedSize` > 0 says that it did).
    """
    idx = report.position_idx
    if idx is None and known is not None:
        return known.leg_id
    if idx is None and report.closed_qty is not None:
        buys = report.side is OrderSide.BUY
        idx = PositionIdx.LONG if buys == (report.closed_qty == 0) else PositionIdx.SHORT
    if idx is None or idx is PositionIdx.ONE_WAY:
        return None
    return LegId(report.exchange, report.symbol, idx)


def leg_of_funding(report: FundingReport) -> LegId | None:
    """The leg that a settlement belongs to, or None when nothing proves it.

    Without a position index the signs tell: at a positive rate a long leg pays and a short one
    receives, at a negative rate the other way round (Bybit, funding rate).
    """
    idx = report.position_idx
    if idx is None and report.rate and report.amount:
        paid_as_long = (report.rate > 0) != (report.amount > 0)
        idx = PositionIdx.LONG if paid_as_long else PositionIdx.SHORT
    if idx is None or idx is PositionIdx.ONE_WAY:
        return None
    return LegId(report.exchange, report.symbol, idx)


def to_fill(report: FillReport, leg_id: LegId, client_order_id: str) -> Fill:
    """The report as a fact about one leg, filed under our key of its order."""
    return Fill(
        trade_id=report.trade_id,
        client_order_id=client_order_id,
        exchange_order_id=report.exchange_order_id,
        leg_id=leg_id,
        side=report.side,
        last_qty=report.last_qty,
        last_px=report.last_px,
        commission=report.commission,
        liquidity_side=report.liquidity_side,
        ts_event_us=report.ts_event_us,
        other_commission=report.other_commission,
    )
