"""Orders and legs that the bot did not make: a person traded by hand, or an exchange liquidated.

An exchange keeps one quantity and one stop per leg, so what a person does on a leg that the bot
holds is booked and protected under every policy; the policies differ in everything else
(`ForeignPolicy`).
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import ForeignPolicy
from bot_trading.domain.fill import Fill, LiquiditySide
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Announce, Command, HaltTrading, Record, RiskEvent
from bot_trading.domain.order import Order, OrderOrigin, OrderSide
from bot_trading.domain.reports import FillReport, LegReport, OrderReport
from bot_trading.engine.beyond_rows import is_beyond_rows
from bot_trading.engine.on_people import on_halt
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import exchange_made_id, purpose_of_id

__all__ = ["adoption_of", "is_a_persons_fill", "is_unkept", "note_foreign"]

_ACTIONS = {
    ForeignPolicy.ADOPT: "ADOPTED",
    ForeignPolicy.IGNORE: "IGNORED",
    ForeignPolicy.HALT: "HALTED",
}


def note_foreign(state: EngineState, order: Order, out: list[Command]) -> None:
    """Write down an order that the bot did not make, and halt where the policy says so."""
    policy = state.config.foreign
    what = f"{order.side} {order.quantity:f} on {order.leg_id}"
    row = RiskEvent(
        event_id=f"foreign:{order.client_order_id}",
        control="foreign_orders",
        measured=what,
        limit="orders of the bot",
        action=_ACTIONS[policy],
        leg_id=order.leg_id,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
    text = f"an order that the bot did not make: {what}: {_ACTIONS[policy].lower()}"
    out.append(Announce(level="WARNING", text=text, leg_id=order.leg_id))
    if policy is ForeignPolicy.HALT:
        halt = HaltTrading(who="foreign_orders", why=text, ts_init_us=state.now_us)
        on_halt(state, halt, out)


def is_unkept(state: EngineState, event: OrderReport, out: list[Command]) -> bool:
    """True for an order that no row can keep, on an instrument that is never traded here: counted,
    and said once for each instrument."""
    instrument_id = InstrumentId(event.exchange, event.symbol)
    if not is_beyond_rows(state, instrument_id, event.quantity, event.filled_qty):
        return False
    counter = f"not_kept:{instrument_id}"
    state.counters[counter] += 1
    if state.counters[counter] == 1:
        text = f"orders on {instrument_id} are left to a person: no row holds their values"
        out.append(Announce(level="WARNING", text=text))
    return True


def is_a_persons_fill(state: EngineState, event: FillReport, leg_id: LegId) -> bool:
    """True for a fill that is left to the person who made it.

    The bot held nothing on the leg when it happened: the same answer whenever it is read again.
    So is one that no row can keep.
    """
    if is_beyond_rows(state, leg_id.instrument_id, event.last_qty):
        return True
    if state.config.foreign is not ForeignPolicy.IGNORE:
        return False
    if purpose_of_id(event.client_order_id, state.config.account) is not None:
        return False
    known = state.order(
        event.client_order_id or exchange_made_id(event.exchange, event.exchange_order_id)
    )
    if known is not None and known.origin is not OrderOrigin.FOREIGN:
        return False
    leg = state.leg(leg_id)
    return leg.is_flat or event.ts_event_us < leg.ts_opened_us


def adoption_of(state: EngineState, report: LegReport) -> Fill | None:
    """The opening of a leg that was there before the account began, as one fill at its average
    price and without a fee, which was paid before; None where the policy does not adopt.

    Only an account without a past has such legs: later ones have fills of their own.
    """
    leg_id = report.leg_id
    if is_beyond_rows(state, leg_id.instrument_id, report.quantity):
        return None
    is_first = leg_id.exchange not in state.ours_from_us
    if state.config.foreign is not ForeignPolicy.ADOPT or not is_first:
        return None
    if report.quantity <= 0 or report.avg_px is None or leg_id.position_idx is PositionIdx.ONE_WAY:
        return None
    name = f"adopted-{leg_id}-{report.ts_event_us}"
    return Fill(
        trade_id=name,
        client_order_id=exchange_made_id(leg_id.exchange, name),
        exchange_order_id=name,
        leg_id=leg_id,
        side=OrderSide.BUY if leg_id.is_long else OrderSide.SELL,
        last_qty=report.quantity,
        last_px=report.avg_px,
        commission=Decimal(0),
        liquidity_side=LiquiditySide.TAKER,
        ts_event_us=report.ts_event_us,
    )
