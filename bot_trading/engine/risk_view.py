"""What the controls look at, taken from the core's state at one instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import Instrument, InstrumentId, LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.order import OrderOrigin, OrderPurpose
from bot_trading.domain.risk import FigureName
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import age_ms, valuation_price
from bot_trading.portfolio.legs import unrealized_pnl
from bot_trading.risk.view import RiskView

__all__ = ["daily_loss", "market_us", "risk_view", "weekly_loss"]

_ZERO = Decimal(0)
_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US
_NO_FUNDING_S = 86_400


def risk_view(
    state: EngineState,
    leg_id: LegId,
    client_order_id: str,
    quantity: Decimal = _ZERO,
    signal_us: int | None = None,
) -> RiskView:
    """What the controls look at, for an order of `quantity` on `leg_id`, at this instant.

    `signal_us` is the market's instant of the opinion behind it. Raises KeyError when the
    instrument is not known: nothing on it can be reviewed.
    """
    instrument = state.instruments[leg_id.instrument_id]
    quote = state.quotes.get(leg_id.instrument_id)
    limits, memory = state.config.limits, state.risk
    exposure = _exposure(state, leg_id)
    now_us, seen_us = state.now_us, market_us(state, leg_id.exchange)
    prices = memory.prices.get(leg_id.instrument_id)
    mark = valuation_price(quote) if quote else None
    balance = state.balances.get(leg_id.exchange)
    report = state.leg_reports.get(leg_id)
    leg = state.leg(leg_id)
    return RiskView(
        instrument=instrument,
        trading_state=state.trading_state,
        not_ready=state.exchange_health(leg_id.exchange).not_ready,
        is_store_up=state.is_store_up,
        is_known_id=state.order(client_order_id) is not None,
        quote_age_ms=age_ms(quote, now_us) if quote else None,
        leg_notional=exposure.leg,
        leg_reserved=state.reservations.of_leg(leg_id),
        total_notional=exposure.total,
        total_reserved=state.reservations.total,
        daily_loss=daily_loss(state),
        open_qty=leg.quantity,
        closing_qty=state.closing_qty(leg_id),
        mark_px=mark,
        mean_px=prices.mean() if prices else None,
        move_percent=prices.move_percent(mark) if prices and mark is not None else None,
        spread_bps=_spread_bps(quote),
        position_notional=exposure.position,
        symbol_notional=exposure.symbol,
        exchange_notional=exposure.exchange,
        group_notional=exposure.group,
        same_side_notional=exposure.same_side,
        equity=memory.confirmed_equity(),
        exchange_equity=balance.equity if balance else None,
        free_margin=_free_margin(state, leg_id.exchange, exposure),
        leverage=state.config.plan.leverage,
        liquidation_px=report.liquidation_px if report and not leg.is_flat else None,
        weekly_loss=weekly_loss(state),
        drawdown_ratio=memory.drawdown_ratio(),
        consecutive_losses=int(memory.value(FigureName.CONSECUTIVE_LOSSES)),
        messages_last_second=memory.messages_last_second(now_us),
        identical_orders=memory.identical_entries(
            leg_id, quantity, now_us, limits.identical_orders_window_ms * 1_000
        ),
        executions=_entries_in_flight(state)
        + memory.executions_within(seen_us, limits.executions_window_s * _SECOND_US),
        signal_age_s=None if signal_us is None else max(0, (seen_us - signal_us) // _SECOND_US),
        funding_due_s=_funding_due_s(instrument, seen_us),
    )


def market_us(state: EngineState, exchange: str) -> int:
    """The newest instant of the exchange's market that was seen; 0 before the first one."""
    return state.exchange_health(exchange).market_us


def daily_loss(state: EngineState) -> Decimal:
    """Quote coin lost since the day began, over all exchanges; zero when nothing was lost."""
    return _lost_since(state, FigureName.DAY_START, state.config.plan.day_of)


def weekly_loss(state: EngineState) -> Decimal:
    """Quote coin lost since Monday, over all exchanges; zero when nothing was lost."""
    return _lost_since(state, FigureName.WEEK_START, state.config.plan.week_of)


def _lost_since(state: EngineState, start: FigureName, period_of: Callable[[int], int]) -> Decimal:
    """What was lost in the present period, which the newest clock of a market tells.

    An exchange that told no balance in it yet counts from what it confirmed last. One that is
    silent adds what it lost, but its gain of an earlier hour offsets nobody's loss.
    """
    newest_us = max((health.market_us for health in state.health.values()), default=0)
    lost = _ZERO
    for key, figure in state.risk.figures.items():
        if key.name is not start:
            continue
        began = figure.value
        if period_of(figure.ts_event_us) < period_of(newest_us):
            confirmed = state.risk.figure(FigureName.EQUITY, key.scope)
            began = figure.value if confirmed is None else confirmed.value
        change = began - _equity_now(state, key.scope, began)
        is_heard = state.exchange_health(key.scope).is_stream_up
        lost += change if is_heard else max(change, _ZERO)
    return max(lost, _ZERO)


def _equity_now(state: EngineState, exchange: str, unknown: Decimal) -> Decimal:
    """The worse of two figures: the equity that the exchange confirmed last, and its wallet with
    our open legs valued now, since a falling price moves no wallet.

    An exchange that does not answer keeps what it confirmed last, which may stem from before a
    restart; `unknown` stands for one that never confirmed anything.
    """
    balance = state.balances.get(exchange)
    if balance is None:
        confirmed = state.risk.figure(FigureName.EQUITY, exchange)
        return unknown if confirmed is None else confirmed.value
    if not state.exchange_health(exchange).is_stream_up:
        return balance.equity
    open_pnl = _ZERO
    for leg in state.open_legs():
        quote = state.quotes.get(leg.leg_id.instrument_id)
        price = valuation_price(quote) if quote else None
        if leg.leg_id.exchange == exchange and price is not None:
            open_pnl += unrealized_pnl(leg, price)
    return min(balance.equity, balance.wallet_balance + open_pnl)


@dataclass(slots=True)
class _Exposure:
    """Notionals around one leg. `leg` and `total` are open legs alone, the others hold what is
    reserved too."""

    leg: Decimal = _ZERO
    total: Decimal = _ZERO
    position: Decimal = _ZERO
    symbol: Decimal = _ZERO
    exchange: Decimal = _ZERO
    exchange_open: Decimal = _ZERO
    group: Decimal = _ZERO
    same_side: Decimal = _ZERO


def _exposure(state: EngineState, leg_id: LegId) -> _Exposure:
    """Open legs at valuation price, and what approved orders may still add."""
    found = _Exposure()
    group = state.config.plan.group_of(leg_id.symbol)
    for leg in state.open_legs():
        price = _price(state, leg.leg_id.instrument_id) or leg.avg_px or _ZERO
        notional = leg.quantity * price
        found.total += notional
        if leg.leg_id == leg_id:
            found.leg = notional
        if leg.leg_id.exchange == leg_id.exchange:
            found.exchange_open += notional
        _add(found, leg_id, leg.leg_id, notional, group)
    for other, notional in state.reservations.by_leg():
        _add(found, leg_id, other, notional, group)
    return found


def _add(
    found: _Exposure, leg_id: LegId, other: LegId, notional: Decimal, group: frozenset[str]
) -> None:
    if other.symbol in group:
        found.group += notional
    if other.symbol == leg_id.symbol:
        found.symbol += notional
    if other.exchange != leg_id.exchange:
        return
    found.exchange += notional
    if other.symbol == leg_id.symbol:
        found.position += notional
    if other.is_long == leg_id.is_long:
        found.same_side += notional


def _price(state: EngineState, instrument_id: InstrumentId) -> Decimal | None:
    quote = state.quotes.get(instrument_id)
    return valuation_price(quote) if quote else None


def _spread_bps(quote: Quote | None) -> Decimal | None:
    """Ask less bid in basis points of the bid; None while one of them is missing."""
    if quote is None or quote.bid is None or quote.ask is None or quote.bid <= 0:
        return None
    return (quote.ask - quote.bid) * 10_000 / quote.bid


def _free_margin(state: EngineState, exchange: str, exposure: _Exposure) -> Decimal | None:
    """The lesser of what the exchange confirmed as available and what our own legs leave of its
    equity, less the margin of orders in flight."""
    balance = state.balances.get(exchange)
    if balance is None:
        return None
    leverage = state.config.plan.leverage
    in_flight = (exposure.exchange - exposure.exchange_open) / leverage
    left = balance.equity - exposure.exchange_open / leverage
    return min(balance.available, left) - in_flight


def _entries_in_flight(state: EngineState) -> int:
    return sum(
        1
        for order in state.orders.values()
        if order.purpose is OrderPurpose.ENTRY
        and order.origin is OrderOrigin.BOT
        and not state.booked_qty.get(order.client_order_id)
    )


def _funding_due_s(instrument: Instrument, seen_us: int) -> int:
    """Seconds of the market's clock until the next settlement: multiples of the interval since
    midnight UTC, as exchanges settle; a day where there is no funding."""
    interval_us = instrument.funding_interval_min * _MINUTE_US
    return (interval_us - seen_us % interval_us) // _SECOND_US if interval_us else _NO_FUNDING_S
