"""What the controls look at, taken from the core's state at one instant."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import Balance
from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.risk_book import measure_book
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import age_ms, valuation_price
from bot_trading.risk.view import ExitView, RiskView

__all__ = [
    "counted_equity",
    "daily_loss",
    "equity_age_s",
    "exit_view",
    "market_us",
    "risk_view",
    "weekly_loss",
]

_ZERO = Decimal(0)
_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US
_NO_FUNDING_S = 86_400
_DAY, _WEEK = FigureName.DAY_START, FigureName.WEEK_START


def exit_view(state: EngineState, leg_id: LegId, client_order_id: str) -> ExitView:
    """What the controls look at for an order that only shrinks `leg_id`.

    Raises KeyError when the instrument is not known: nothing on it can be reviewed.
    """
    return ExitView(
        instrument=state.instruments[leg_id.instrument_id],
        is_known_id=state.order(client_order_id) is not None,
        open_qty=state.leg(leg_id).quantity,
        closing_qty=state.closing_qty(leg_id),
    )


def risk_view(
    state: EngineState,
    leg_id: LegId,
    client_order_id: str,
    quantity: Decimal = _ZERO,
    signal_us: int | None = None,
    model_us: int | None = None,
) -> RiskView:
    """What the controls look at, for an order of `quantity` on `leg_id`, at this instant.

    `signal_us` is the market's instant of the opinion behind it, `model_us` that until which the
    model behind that has seen the market; None is no model. Raises KeyError when the instrument is
    not known: nothing on it can be reviewed.
    """
    exchange, instrument_id = leg_id.exchange, leg_id.instrument_id
    instrument = state.instruments[instrument_id]
    quote = state.quotes.get(instrument_id)
    limits, plan, memory = state.config.limits, state.config.plan, state.risk
    now_us, health = state.now_us, state.exchange_health(exchange)
    seen_us = health.market_us
    prices = memory.prices.get(instrument_id)
    mark = None if quote is None else valuation_price(quote)
    balance = state.balances.get(exchange)
    report = state.leg_reports.get(leg_id)
    leg = state.leg(leg_id)
    daily, weekly = _losses(state)
    amounts = _amounts(state, leg_id)
    reserved = state.reservations.exposure.of_exchange(exchange)
    return RiskView(
        **amounts,
        instrument=instrument,
        trading_state=state.trading_state,
        not_ready=health.not_ready,
        is_store_up=state.is_store_up,
        is_known_id=state.order(client_order_id) is not None,
        quote_age_ms=None if quote is None else age_ms(quote, now_us),
        daily_loss=daily,
        open_qty=leg.quantity,
        closing_qty=state.closing_qty(leg_id),
        mark_px=mark,
        mean_px=None if prices is None else prices.mean(),
        move_percent=None if prices is None or mark is None else prices.move_percent(mark),
        spread_bps=_spread_bps(quote),
        depth_qty=_depth_qty(quote, buys=leg_id.is_long),
        equity=counted_equity(state),
        exchange_equity=None if balance is None else balance.equity,
        free_margin=_free_margin(
            plan.leverage, balance, amounts["exchange_notional"] - reserved, reserved
        ),
        leverage=plan.leverage,
        liquidation_px=None if report is None or leg.is_flat else report.liquidation_px,
        weekly_loss=weekly,
        drawdown_ratio=memory.drawdown_ratio(),
        consecutive_losses=int(memory.value(FigureName.CONSECUTIVE_LOSSES)),
        messages_last_second=memory.messages_last_second(now_us),
        identical_orders=memory.identical_entries(
            leg_id, quantity, now_us, limits.identical_orders_window_ms * 1_000
        ),
        executions=len(state.entries_in_flight)
        + memory.executions_within(seen_us, limits.executions_window_s * _SECOND_US),
        signal_age_s=None if signal_us is None else max(0, (seen_us - signal_us) // _SECOND_US),
        model_age_s=None if model_us is None else max(0, (seen_us - model_us) // _SECOND_US),
        equity_age_s=equity_age_s(state, exchange),
        funding_due_s=_funding_due_s(instrument, seen_us),
    )


def _amounts(state: EngineState, leg_id: LegId) -> dict[str, Decimal]:
    """Notionals and what the book may lose, by the names of the view."""
    exchange, symbol, side = leg_id
    instrument_id, reservations = leg_id.instrument_id, state.reservations
    opened, held = state.valuation.exposure(), reservations.exposure
    group, book = state.config.plan.group_of(symbol), state.risk.book
    if book.measured_us is None:
        measure_book(state)
    unit, apart = book.unit(symbol, leg_id.is_long), book.apart_from(symbol)
    at_risk, shortfall = book.with_approved(reservations.unmeasured)
    together = opened.total + held.total
    if apart:
        together -= opened.of_symbols(apart) + held.of_symbols(apart)
    return {
        "leg_notional": opened.of_leg(leg_id),
        "leg_reserved": reservations.of_leg(leg_id),
        "total_notional": opened.total,
        "total_reserved": reservations.total,
        "position_notional": opened.of_position(instrument_id) + held.of_position(instrument_id),
        "symbol_notional": opened.of_symbol(symbol) + held.of_symbol(symbol),
        "exchange_notional": opened.of_exchange(exchange) + held.of_exchange(exchange),
        "group_notional": opened.of_symbols(group) + held.of_symbols(group),
        "estimated_group_notional": together,
        "same_side_notional": opened.of_side(exchange, side) + held.of_side(exchange, side),
        "value_at_risk": at_risk,
        "expected_shortfall": shortfall,
        "order_risk_ratio": unit.value_at_risk,
        "order_shortfall_ratio": unit.expected_shortfall,
    }


def market_us(state: EngineState, exchange: str) -> int:
    """The newest instant of the exchange's market that was seen; 0 before the first one."""
    return state.exchange_health(exchange).market_us


def counted_equity(state: EngineState) -> Decimal | None:
    """The confirmed equity that entries are sized by, over all exchanges; None where none counts.

    An exchange that has been silent for longer than the limit counts nothing, since its money may
    be gone; that is no drawdown either.
    """
    total, limit_s = None, state.config.limits.equity_age_max_s
    for confirmed in state.risk.named(FigureName.EQUITY):
        age_s = equity_age_s(state, confirmed.scope)
        if age_s is not None and age_s <= limit_s:
            total = confirmed.value if total is None else total + confirmed.value
    return total


def equity_age_s(state: EngineState, exchange: str) -> int | None:
    """How long the confirmed equity of an exchange may have changed unseen, by our clock.

    Zero while its streams are up and it was confirmed since they are: they tell every change from
    then on, and nothing of what came before. Else since they were lost, and after a start since it
    was confirmed. None where it never was.
    """
    confirmed = state.risk.figure(FigureName.EQUITY, exchange)
    if confirmed is None:
        return None
    health, confirmed_us = state.exchange_health(exchange), confirmed.ts_updated_us
    is_of_this_start = exchange in state.balances
    if health.is_stream_up and is_of_this_start and confirmed_us >= health.lost_us:
        return 0
    known_us = max(confirmed_us, health.lost_us) if is_of_this_start else confirmed_us
    return max(0, state.now_us - known_us) // _SECOND_US


def daily_loss(state: EngineState) -> Decimal:
    """Quote coin lost since the day began, over all exchanges; zero when nothing was lost."""
    return _losses(state)[0]


def weekly_loss(state: EngineState) -> Decimal:
    """Quote coin lost since Monday, over all exchanges; zero when nothing was lost."""
    return _losses(state)[1]


def _losses(state: EngineState) -> tuple[Decimal, Decimal]:
    """What was lost in the present day and week, which the newest clock of a market tells.

    An exchange that told no balance in a period yet counts from what it confirmed last, one that
    never told any counts nothing. One that is silent adds what it lost, but its gain of an earlier
    hour offsets nobody's loss.
    """
    newest_us = 0
    for health in state.health.values():
        if health.market_us > newest_us:
            newest_us = health.market_us
    plan, memory = state.config.plan, state.risk
    today, this_week = plan.day_of(newest_us), plan.week_of(newest_us)
    daily = weekly = _ZERO
    for confirmed in memory.named(FigureName.EQUITY):
        exchange = confirmed.scope
        now, is_up = _equity_now(state, confirmed), state.exchange_health(exchange).is_stream_up
        day, week = memory.figure(_DAY, exchange), memory.figure(_WEEK, exchange)
        if day is not None:
            is_past = plan.day_of(day.ts_event_us) < today
            change = (confirmed if is_past else day).value - now
            if is_up or change > 0:
                daily += change
        if week is not None:
            is_past = plan.week_of(week.ts_event_us) < this_week
            change = (confirmed if is_past else week).value - now
            if is_up or change > 0:
                weekly += change
    return max(daily, _ZERO), max(weekly, _ZERO)


def _equity_now(state: EngineState, confirmed: RiskFigure) -> Decimal:
    """The worse of two figures: the equity that the exchange confirmed last, and its wallet with
    our open legs valued now, since a falling price moves no wallet.

    An exchange that does not answer keeps what it confirmed last, which may stem from before a
    restart.
    """
    exchange = confirmed.scope
    balance = state.balances.get(exchange)
    if balance is None:
        return confirmed.value
    if not state.exchange_health(exchange).is_stream_up:
        return balance.equity
    return min(balance.equity, balance.wallet_balance + state.valuation.gain(exchange))


def _spread_bps(quote: Quote | None) -> Decimal | None:
    """Ask less bid in basis points of the bid; None while one of them is missing."""
    if quote is None or quote.bid is None or quote.ask is None or quote.bid <= 0:
        return None
    return (quote.ask - quote.bid) * 10_000 / quote.bid


def _depth_qty(quote: Quote | None, *, buys: bool) -> Decimal | None:
    """What the best price that an order takes holds; None while that is not known."""
    if quote is None:
        return None
    return quote.ask_qty if buys else quote.bid_qty


def _free_margin(
    leverage: Decimal, balance: Balance | None, opened: Decimal, held: Decimal
) -> Decimal | None:
    """The lesser of what the exchange confirmed as available and what our own legs (`opened`)
    leave of its equity, less the margin of orders in flight (`held`)."""
    if balance is None:
        return None
    return min(balance.available, balance.equity - opened / leverage) - held / leverage


def _funding_due_s(instrument: Instrument, seen_us: int) -> int:
    """Seconds of the market's clock until the next settlement: multiples of the interval since
    midnight UTC, as exchanges settle; a day where there is no funding."""
    interval_us = instrument.funding_interval_min * _MINUTE_US
    return (interval_us - seen_us % interval_us) // _SECOND_US if interval_us else _NO_FUNDING_S
