"""The way out of a leg: market orders that only reduce it, through risk, or a word why not.

An exit that is denied leaves money at risk, so each is told and written down. Quantity that the
exchange's step no longer reaches cannot leave by an order: a person has to look after it.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from bot_trading.domain.capabilities import capabilities_of
from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.messages import Announce, Command, Record, RiskEvent, SubmitOrder
from bot_trading.domain.order import OrderIntent, OrderPurpose, OrderSide, OrderType, TimeInForce
from bot_trading.domain.position import PositionLeg
from bot_trading.engine.decide import withdraw_targets
from bot_trading.engine.group_marks import marked_order
from bot_trading.engine.risk_view import exit_view
from bot_trading.engine.state import EngineState, WholeClose
from bot_trading.execution.ids import derive_client_order_id
from bot_trading.execution.orders import order_from
from bot_trading.market.prices import valuation_price
from bot_trading.risk.review import review
from bot_trading.risk.sizing import exit_quantity, market_pieces
from bot_trading.risk.view import Denial

__all__ = ["denied_row", "exit_id", "exit_leg", "try_exit"]


def try_exit(state: EngineState, leg_id: LegId, cause: str, out: list[Command]) -> None:
    """Close all of a leg as `exit_leg` does. What denied it is told, and it is tried again at
    growing intervals, as after an exit that the exchange refused."""
    denial = exit_leg(state, leg_id, Decimal(1), cause, out)
    if denial is None:
        return
    config = state.config
    state.pacing.ask(("exit", leg_id), state.now_us, config.ask_again_us, config.ask_again_max_us)
    if denial.control == "dust":
        return
    text = f"{leg_id} was not closed ({cause}): {denial.control}: {denial.measured}"
    text = f"{text}, limit {denial.limit}"
    out.append(Announce(level="WARNING", text=text, leg_id=leg_id))
    out.append(denied_row(state, leg_id, denial, f"exit:{leg_id}:{denial.control}:{state.now_us}"))


def exit_leg(
    state: EngineState,
    leg_id: LegId,
    close_ratio: Decimal,
    cause: str,
    out: list[Command],
    request: str = "",
) -> Denial | None:
    """Close a part of a leg at market, reduce-only; None when the order is on its way.

    A leg that is left as a whole is noted, so that `on_closes` asks again where that is refused.
    More than one market order may hold goes in several. `request` names a person's wish, of which
    the ids are derived: the same wish is never two closes, not even after a restart. What lies off
    the exchange's step leaves where the exchange closes all that a leg holds; else it is told once.
    """
    before = len(out)
    denial = _send_exits(state, leg_id, close_ratio, cause, out, request)
    if denial is None and close_ratio >= 1:
        close = state.closes.setdefault(leg_id, WholeClose(cause=cause, request=request))
        close.tries, close.tried_us = close.tries + 1, state.now_us
        close.order_ids = [
            command.approved.intent.client_order_id
            for command in out[before:]
            if isinstance(command, SubmitOrder)
        ]
    return denial


def _send_exits(
    state: EngineState,
    leg_id: LegId,
    close_ratio: Decimal,
    cause: str,
    out: list[Command],
    request: str,
) -> Denial | None:
    instrument = state.instruments.get(leg_id.instrument_id)
    quote = state.quotes.get(leg_id.instrument_id)
    leg = state.leg(leg_id)
    price = (valuation_price(quote) if quote else None) or leg.avg_px
    if price is None or leg.is_flat:
        return Denial(control="open_leg", measured=f"{leg_id} is flat", limit="an open leg")
    if instrument is None:
        return Denial(control="instrument", measured="rules not known yet", limit="a snapshot")
    # The quantity is a part of the id: an exit of what is left must not be taken for the one that
    # closed the first part.
    key = request or f"{leg_id}-{leg.episode}-{leg.quantity.normalize():f}-{cause}"
    closable = instrument.quantity_down(leg.quantity)
    if close_ratio >= 1 and closable < leg.quantity and _may_close_all(state, leg, instrument, key):
        withdraw_targets(state, leg_id, out)
        return _exit_piece(state, leg_id, leg.quantity, price, key, cause, out, closes_all=True)
    if close_ratio >= 1 and closable < leg.quantity:
        _tell_dust(state, leg_id, leg.quantity - closable, instrument, out)
    if closable == 0:
        dust, step = f"{leg.quantity.normalize():f}", f"{instrument.qty_step.normalize():f}"
        return Denial(control="dust", measured=dust, limit=f"a step of {step}")
    quantity = exit_quantity(leg.quantity, close_ratio, instrument)
    if quantity == 0:
        part = f"{leg.quantity * close_ratio:f}"
        return Denial(control="order_quantity_min", measured=part, limit=f"{instrument.min_qty:f}")
    if quantity == closable:
        withdraw_targets(state, leg_id, out)
    for number, piece in enumerate(market_pieces(quantity, instrument)):
        denial = _exit_piece(state, leg_id, piece, price, key, cause, out)
        if denial is not None:
            return denial if number == 0 else None
    return None


def _may_close_all(state: EngineState, leg: PositionLeg, instrument: Instrument, key: str) -> bool:
    """Whether the exchange can be asked to close whatever the leg holds; once for the same leg, so
    that what it refuses leaves as far as the step reaches."""
    if state.exit_attempts.get(leg.leg_id, Counter())[key]:
        return False
    can_close = capabilities_of(leg.leg_id.exchange).close_all
    return can_close and leg.quantity <= instrument.max_market_qty


def _exit_piece(
    state: EngineState,
    leg_id: LegId,
    quantity: Decimal,
    price: Decimal,
    key: str,
    cause: str,
    out: list[Command],
    *,
    closes_all: bool = False,
) -> Denial | None:
    intent = OrderIntent(
        client_order_id=_exit_id(state, leg_id, key),
        leg_id=leg_id,
        side=OrderSide.SELL if leg_id.is_long else OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=quantity,
        reference_px=price,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
        purpose=OrderPurpose.EXIT,
        ts_created_us=state.now_us,
        closes_all=closes_all,
    )
    view = exit_view(state, leg_id, intent.client_order_id)
    verdict = review(intent, view, state.config.limits, state.reservations, state.now_us)
    if isinstance(verdict, Denial):
        return verdict
    order = marked_order(state, order_from(verdict))
    state.put_order(order)
    state.unsettled[order.client_order_id] = state.now_us
    config = state.config
    state.pacing.ask(("exit", leg_id), state.now_us, config.ask_again_us, config.ask_again_max_us)
    out.append(Record(row=order, ts_init_us=state.now_us, note=cause))
    out.append(SubmitOrder(approved=verdict))
    out.append(Announce(level="INFO", text=f"closing {quantity} of {leg_id}: {cause}"))
    return None


def _exit_id(state: EngineState, leg_id: LegId, key: str) -> str:
    """The first id of `key` that no order has: after a restart the attempts count from one."""
    attempts = state.exit_attempts.setdefault(leg_id, Counter())
    while True:
        attempts[key] += 1
        order_id = exit_id(state.config.account, key, attempts[key])
        if state.order(order_id) is None:
            return order_id


def exit_id(account: str, key: str, attempt: int) -> str:
    """The id of the `attempt`th exit, counted from 1, for `key`."""
    return derive_client_order_id(account, OrderPurpose.EXIT, key, str(attempt))


def _tell_dust(
    state: EngineState, leg_id: LegId, dust: Decimal, instrument: Instrument, out: list[Command]
) -> None:
    """Say once for each rest of a leg's life that no order can close it."""
    key = ("dust", leg_id, state.leg(leg_id).episode, dust)
    if state.pacing.was_asked(key):
        return
    state.pacing.ask(key, state.now_us, 0, 0)
    amount, step = f"{dust.normalize():f}", f"{instrument.qty_step.normalize():f}"
    text = f"{amount} of {leg_id} lies below the exchange's quantity step {step}, so that no order"
    text = f"{text} closes it: close the leg by hand on the exchange"
    out.append(Announce(level="ERROR", text=text, leg_id=leg_id))
    denial = Denial(control="dust", measured=amount, limit=f"a step of {step}")
    out.append(denied_row(state, leg_id, denial, f"dust:{leg_id}:{amount}:{state.now_us}"))


def denied_row(state: EngineState, leg_id: LegId, denial: Denial, event_id: str) -> Record:
    """The row of an exit that cannot be, for `risk_events`."""
    row = RiskEvent(
        event_id=event_id,
        control=denial.control,
        measured=denial.measured,
        limit=denial.limit,
        action="DENIED",
        leg_id=leg_id,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    return Record(row=row, ts_init_us=state.now_us)
