"""The core's state as one value that others may read."""

from __future__ import annotations

from bot_trading.domain.exits import RungStatus
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.status import BookStatus, CoreStatus, InstrumentStatus, LegStatus
from bot_trading.engine.decide import daily_loss
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import valuation_price
from bot_trading.portfolio.legs import unrealized_pnl
from bot_trading.risk.book import STRESS_DAYS, Holding, stress_losses

__all__ = ["report_status"]


def report_status(state: EngineState) -> CoreStatus:
    """What the core knows at this instant; never written back."""
    return CoreStatus(
        account=state.config.account,
        trading_state=state.trading_state,
        trading_state_why=state.trading_state_why,
        is_store_up=state.is_store_up,
        market_us=max((health.market_us for health in state.health.values()), default=0),
        not_ready={name: health.not_ready for name, health in state.health.items()},
        equity={name: balance.equity for name, balance in state.balances.items()},
        equity_missing=_equity_missing(state),
        entry_exchange=state.route.active,
        wallet_balance={name: each.wallet_balance for name, each in state.balances.items()},
        daily_loss=daily_loss(state),
        live_orders=len(state.orders),
        unsettled_orders=len(state.unsettled),
        instruments=tuple(_instruments(state)),
        legs=tuple(_leg(state, state.legs[leg_id]) for leg_id in sorted(state.legs)),
        counters=dict(state.counters),
        book=_book(state),
    )


def _book(state: EngineState) -> BookStatus:
    """What the book may lose, as risk measured it last, and on the worst days on record."""
    book, spec = state.risk.book, state.config.plan.book
    history, measured_us = book.history, book.measured_us
    held = [
        Holding(symbol=leg_id.symbol, notional=notional, is_long=leg_id.is_long)
        for leg_id, notional in state.valuation.exposure().legs.items()
        if notional
    ]
    losses = stress_losses(held)
    return BookStatus(
        value_at_risk=book.figures.value_at_risk,
        expected_shortfall=book.figures.expected_shortfall,
        confidence_ratio=spec.confidence_ratio,
        horizon_s=spec.horizon_s,
        is_measured=book.is_measured,
        returns=history.count if history else 0,
        period_s=history.period_s if history else 0,
        until_us=history.until_us if history else 0,
        age_s=None if measured_us is None else max(0, (state.now_us - measured_us) // 1_000_000),
        missing=dict(history.missing) if history else {},
        stress={f"{day.day} {day.name}": losses[day.day] for day in STRESS_DAYS},
        groups=tuple(sorted(tuple(sorted(group)) for group in book.groups)),
    )


def _equity_missing(state: EngineState) -> dict[str, str]:
    """Why the equity on an exchange is not known now: never told, or its streams are down."""
    missing = {}
    for name in state.route.exchanges:
        health = state.health.get(name)
        if name not in state.balances:
            missing[name] = (health and health.not_ready) or "no balance was told yet"
        elif health is not None and not health.is_stream_up:
            missing[name] = health.not_ready
    return missing


def _instruments(state: EngineState) -> list[InstrumentStatus]:
    rows = []
    for instrument_id in state.config.instrument_ids:
        quote = state.quotes.get(instrument_id)
        rows.append(
            InstrumentStatus(
                exchange=instrument_id.exchange,
                symbol=instrument_id.symbol,
                last=quote.last if quote else None,
                mark=quote.mark if quote else None,
            )
        )
    return rows


def _leg(state: EngineState, leg: PositionLeg) -> LegStatus:
    resting = state.resting.get(leg.leg_id)
    quote = state.quotes.get(leg.leg_id.instrument_id)
    price = valuation_price(quote) if quote else None
    exits = state.exits.get(leg.leg_id)
    rungs = [rung for rung in exits.rungs if rung.quantity] if exits is not None else []
    return LegStatus(
        exchange=leg.leg_id.exchange,
        symbol=leg.leg_id.symbol,
        position_idx=int(leg.leg_id.position_idx),
        quantity=leg.quantity,
        avg_px=leg.avg_px,
        stop_loss=resting.stop_loss if resting else None,
        take_profit=resting.take_profit if resting else None,
        unrealized_pnl=unrealized_pnl(leg, price) if price is not None else None,
        realized_pnl=leg.realized_pnl,
        commission=leg.commission,
        funding=leg.funding,
        episode=leg.episode,
        levels=len(rungs),
        levels_done=sum(rung.status is RungStatus.FILLED for rung in rungs),
        stop_cause=exits.cause if exits is not None else "",
    )
