"""What risk learns from each turn, and the rules that tighten the trading state by themselves.

Called at the end of every step, with the event and everything that followed from it. Only a
person loosens again: a resume begins the counts and the peak anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from bot_trading.domain.account import Balance, TradingState
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.messages import (
    AmendOrder,
    Announce,
    CancelOrder,
    Command,
    Event,
    HaltTrading,
    Record,
    ResumeTrading,
    RiskEvent,
    SetLegProtection,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderOrigin
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import BalanceReport, ExchangeSnapshot
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.risk_book import measure_book
from bot_trading.engine.risk_view import daily_loss, market_us, weekly_loss
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import valuation_price
from bot_trading.risk.moves import PriceWindow

__all__ = ["after_turn", "note_equity", "note_price"]

PeriodOf = Callable[[int], int]
_ZERO = Decimal(0)
_SECOND_US = 1_000_000


def after_turn(state: EngineState, event: Event, out: list[Command]) -> Sequence[HaltTrading]:
    """Count what was sent and executed, and judge; what the rules ask for."""
    if out:
        _note_commands(state, out)
    judge = _JUDGES.get(type(event))
    if judge is not None:
        judge(state, out)
    if not state.risk.halts:
        return ()
    halts, state.risk.halts = state.risk.halts, []
    return halts


def _note_commands(state: EngineState, out: list[Command]) -> None:
    """Messages that leave count by what they are, rows by what they say."""
    rows = []
    for command in out:
        if isinstance(command, Record):
            rows.append(command.row)
        elif isinstance(command, _MESSAGES):
            _note_message(state, command)
    _note_rows(state, rows, out)


def note_equity(state: EngineState, balance: Balance, out: list[Command]) -> bool:
    """Take in what an exchange confirmed; True when it is the first balance of its day.

    Days and weeks begin in the stated time zone, by the market's clock.
    """
    exchange, equity = balance.exchange, balance.equity
    seen_us = max(balance.ts_event_us, market_us(state, exchange))
    before = state.risk.figure(FigureName.EQUITY, exchange)
    is_known = before is not None
    _put(state, FigureName.EQUITY, equity, seen_us, out, scope=exchange)
    total = state.risk.confirmed_equity() or _ZERO
    peak = state.risk.value(FigureName.EQUITY_PEAK) + (_ZERO if is_known else equity)
    if total >= peak or not is_known:
        _put(state, FigureName.EQUITY_PEAK, max(total, peak), seen_us, out)
    plan = state.config.plan
    is_new_day = _begins(state, FigureName.DAY_START, exchange, plan.day_of, seen_us)
    if is_new_day:
        start = _start_of(before, equity, plan.day_of, seen_us)
        _put(state, FigureName.DAY_START, start, seen_us, out, scope=exchange)
    if _begins(state, FigureName.WEEK_START, exchange, plan.week_of, seen_us):
        start = _start_of(before, equity, plan.week_of, seen_us)
        _put(state, FigureName.WEEK_START, start, seen_us, out, scope=exchange)
    return is_new_day


def _start_of(
    before: RiskFigure | None, equity: Decimal, period_of: PeriodOf, seen_us: int
) -> Decimal:
    """The equity that a period begins with: what its first balance says, or what the period just
    before it ended with, whichever is more.

    What was lost between the two cannot be dated, so it counts in the new period; a gain does not.
    """
    if before is None or period_of(before.ts_event_us) != period_of(seen_us) - 1:
        return equity
    return max(before.value, equity)


def _begins(
    state: EngineState, name: FigureName, exchange: str, period_of: PeriodOf, seen_us: int
) -> bool:
    """True when this instant lies in a later period than the one that began last."""
    started = state.risk.figure(name, exchange)
    return started is None or period_of(seen_us) > period_of(started.ts_event_us)


def _put(
    state: EngineState,
    name: FigureName,
    value: Decimal,
    ts_event_us: int,
    out: list[Command],
    scope: str = "",
) -> None:
    """Remember a figure, and write it down when its value changed or its instant counts."""
    before = state.risk.figure(name, scope)
    figure = RiskFigure(
        name=name,
        scope=scope,
        value=value,
        ts_event_us=ts_event_us,
        ts_updated_us=state.now_us,
    )
    state.risk.put(figure)
    if before is None or before.value != value or name in _DATED:
        out.append(Record(row=figure, ts_init_us=state.now_us))


def note_price(state: EngineState, quote: Quote) -> None:
    """Keep a price that was taken in, for the guards that look at how it moved."""
    price = valuation_price(quote)
    if price is None:
        return
    prices = state.risk.prices.get(quote.instrument_id)
    if prices is None:
        window_us = state.config.limits.flash_crash_window_s * _SECOND_US
        prices = state.risk.prices[quote.instrument_id] = PriceWindow(window_us)
    prices.see(quote.ts_event_us, price)


def _note_message(
    state: EngineState, sent: SubmitOrder | AmendOrder | CancelOrder | SetLegProtection
) -> None:
    state.risk.messages.append(state.now_us)
    if isinstance(sent, SubmitOrder) and not sent.approved.intent.reduce_only:
        intent = sent.approved.intent
        state.risk.note_entry(state.now_us, intent.leg_id, intent.quantity)


def _note_rows(state: EngineState, rows: Sequence[object], out: list[Command]) -> None:
    """What was written down in one turn; only a fill ends a life, late funding does not."""
    openings: list[Fill] = []
    closed: set[LegId] = set()
    for row in rows:
        if isinstance(row, Fill):
            if row.is_opening:
                openings.append(row)
            else:
                closed.add(row.leg_id)
        elif isinstance(row, PositionLeg) and row.is_flat and row.episode:
            _note_flat(state, row, row.leg_id in closed, out)
    opened: dict[str, Decimal] = {}
    for fill in openings:
        opened[fill.client_order_id] = opened.get(fill.client_order_id, _ZERO) + fill.last_qty
    for fill in openings:
        _note_opening(state, fill, opened.pop(fill.client_order_id, None), out)


def _note_opening(
    state: EngineState, fill: Fill, booked_now: Decimal | None, out: list[Command]
) -> None:
    """An entry's first fill is an execution. `booked_now`: what the turn filled of its order; None
    from the turn's second fill on. A fill that no order of ours asked for is an orphan, and one
    beyond its order's quantity can be no work of ours (Knight Capital, 2012)."""
    limits, memory = state.config.limits, state.risk
    order = state.order(fill.client_order_id)
    window_us = limits.executions_window_s * _SECOND_US
    if order is None or order.origin is not OrderOrigin.BOT:
        memory.orphans.append(fill.ts_event_us)
        count = memory.orphans_within(market_us(state, fill.leg_id.exchange), window_us)
        _put(state, FigureName.ORPHAN_FILLS, Decimal(count), fill.ts_event_us, out)
        if count > limits.orphan_fills_max:
            limit = limits.orphan_fills_max
            _trip(state, TradingState.HALTED, "orphan_fills_max", count, limit, out)
        return
    booked = state.booked_qty.get(fill.client_order_id, _ZERO)
    if booked > order.quantity:
        _trip(state, TradingState.HALTED, "executed_beyond_order", booked, order.quantity, out)
    if booked != booked_now:
        return
    memory.executions.append(fill.ts_event_us)
    count = memory.executions_within(market_us(state, fill.leg_id.exchange), window_us)
    _put(state, FigureName.EXECUTIONS, Decimal(count), fill.ts_event_us, out)
    if count >= limits.executions_max:
        _trip(state, TradingState.REDUCING, "executions_max", count, limits.executions_max, out)


def _note_flat(state: EngineState, leg: PositionLeg, has_closed: bool, out: list[Command]) -> None:
    """A life of a leg is over: did it lose, after fees and funding? What comes later is money of
    that life, and no life of its own."""
    name, scope = FigureName.NET_AT_FLAT, str(leg.leg_id)
    net = leg.realized_pnl - leg.commission + leg.funding
    result = net - state.risk.value(name, scope)
    _put(state, name, net, leg.ts_updated_us, out, scope=scope)
    if not has_closed:
        return
    losses = int(state.risk.value(FigureName.CONSECUTIVE_LOSSES)) + 1 if result < 0 else 0
    _put(state, FigureName.CONSECUTIVE_LOSSES, Decimal(losses), leg.ts_updated_us, out)
    limit = state.config.limits.consecutive_losses_max
    if losses >= limit:
        _trip(state, TradingState.REDUCING, "consecutive_losses_max", losses, limit, out)


def _judge_drawdown(state: EngineState, out: list[Command]) -> None:
    ratio, limit = state.risk.drawdown_ratio(), state.config.limits.drawdown_max_ratio
    if ratio >= limit:
        _trip(state, TradingState.HALTED, "drawdown_max_ratio", ratio, limit, out)


def _judge_losses(state: EngineState, out: list[Command]) -> None:
    """Loss limits of a day and a week deny by themselves until the next one begins; the breach is
    told once in each."""
    limits = state.config.limits
    for control, lost, limit, start in (
        ("daily_loss_max_usdt", daily_loss(state), limits.daily_loss_max_usdt, _DAY),
        ("weekly_loss_max_usdt", weekly_loss(state), limits.weekly_loss_max_usdt, _WEEK),
    ):
        if lost < limit:
            continue
        began_us = max(each.ts_event_us for each in state.risk.named(start))
        _tell(state, control, lost, limit, f"{control}:{began_us}", "BREACHED", out)


def _judge_time(state: EngineState, out: list[Command]) -> None:
    """What only time tells: losses of the day and the week, and what the book may lose now."""
    _judge_losses(state, out)
    book, limits, now_us = state.risk.book, state.config.limits, state.now_us
    if book.measured_us is None or now_us - book.measured_us >= _SECOND_US:
        measure_book(state)
    seen_us = max((health.market_us for health in state.health.values()), default=0)
    day = state.config.plan.day_of(seen_us)
    for control, measured, limit in (
        ("value_at_risk_max_usdt", book.figures.value_at_risk, limits.value_at_risk_max_usdt),
        (
            "expected_shortfall_max_usdt",
            book.figures.expected_shortfall,
            limits.expected_shortfall_max_usdt,
        ),
    ):
        if measured > limit:
            _tell(state, control, round(measured, 2), limit, f"{control}:{day}", "BREACHED", out)


def _trip(
    state: EngineState,
    to: TradingState,
    control: str,
    measured: Decimal | int,
    limit: Decimal | int,
    out: list[Command],
) -> None:
    """Ask for a tighter trading state because of a rule, unless it is as strict already."""
    if state.trading_state.strictness >= to.strictness:
        return
    _tell(state, control, measured, limit, f"{control}:{state.now_us}", to.value, out)
    why = f"{control}: {measured}, limit {limit}"
    halt = HaltTrading(who="risk", why=why, state=to, ts_init_us=state.now_us)
    state.risk.halts.append(halt)


def _tell(
    state: EngineState,
    control: str,
    measured: Decimal | int,
    limit: Decimal | int,
    event_id: str,
    action: str,
    out: list[Command],
) -> None:
    """Record a breach and announce it, once for each `event_id`."""
    if event_id in state.risk.alarms:
        return
    state.risk.alarms.add(event_id)
    row = RiskEvent(
        event_id=event_id,
        control=control,
        measured=f"{Decimal(measured).normalize():f}",
        limit=f"{limit}",
        action=action,
        leg_id=None,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
    text = f"risk limit {control} is breached: {row.measured}, limit {row.limit}"
    out.append(Announce(level="ERROR", text=text))


def _begin_anew(state: EngineState, out: list[Command]) -> None:
    """A person took responsibility: what was counted, and the peak, begin from here."""
    if state.trading_state is not TradingState.ACTIVE:
        return
    memory = state.risk
    memory.executions.clear()
    memory.orphans.clear()
    seen_us = max((health.market_us for health in state.health.values()), default=0)
    for name in (
        FigureName.EXECUTIONS,
        FigureName.ORPHAN_FILLS,
        FigureName.CONSECUTIVE_LOSSES,
    ):
        if memory.value(name):
            _put(state, name, _ZERO, seen_us, out)
    equity = memory.confirmed_equity()
    if equity is not None:
        _put(state, FigureName.EQUITY_PEAK, equity, seen_us, out)


_DAY, _WEEK = FigureName.DAY_START, FigureName.WEEK_START
_DATED = (_DAY, _WEEK, FigureName.EXECUTIONS, FigureName.ORPHAN_FILLS)
_MESSAGES = (SubmitOrder, AmendOrder, CancelOrder, SetLegProtection)
_JUDGES: dict[type, Callable[[EngineState, list[Command]], None]] = {
    ResumeTrading: _begin_anew,
    TimePassed: _judge_time,
    BalanceReport: _judge_drawdown,
    ExchangeSnapshot: _judge_drawdown,
}
