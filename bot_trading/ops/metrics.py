"""Prometheus metrics from the status of a core; gauges only, set from one look at it."""

from __future__ import annotations

from decimal import Decimal

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot_trading.domain.account import TradingState
from bot_trading.domain.status import CoreStatus

__all__ = ["render_metrics"]

_LEG = ("account", "exchange", "symbol", "position_idx")


def render_metrics(statuses: list[tuple[CoreStatus, float]]) -> bytes:
    """The exposition text for cores with the age of their last word in seconds."""
    registry = CollectorRegistry()
    age = _gauge(registry, "bot_heartbeat_age_seconds", "Age of the last status", ("account",))
    active = _gauge(registry, "bot_trading_active", "1 while new risk is allowed", ("account",))
    ready = _gauge(registry, "bot_exchange_ready", "1 when reconciled", ("account", "exchange"))
    equity = _gauge(registry, "bot_equity_usdt", "Confirmed equity", ("account", "exchange"))
    loss = _gauge(registry, "bot_daily_loss_usdt", "Lost since the UTC day began", ("account",))
    store = _gauge(registry, "bot_store_up", "1 while the database takes writes", ("account",))
    unsettled = _gauge(registry, "bot_unsettled_orders", "Orders without an answer", ("account",))
    live = _gauge(registry, "bot_live_orders", "Orders that can still fill", ("account",))
    quantity = _gauge(registry, "bot_leg_quantity", "Open quantity in base coin", _LEG)
    unprotected = _gauge(registry, "bot_leg_unprotected", "1 when no stop rests for it", _LEG)
    realized = _gauge(registry, "bot_leg_realized_usdt", "Realised P&L before fees", _LEG)
    at_risk = _gauge(registry, "bot_value_at_risk_usdt", "Of the book", ("account",))
    beyond = _gauge(registry, "bot_expected_shortfall_usdt", "Of the book", ("account",))
    stress = _gauge(
        registry, "bot_stress_loss_usdt", "Of open legs on a day on record", ("account", "day")
    )
    counted = _gauge(registry, "bot_events", "Counted events of a kind", ("account", "kind"))
    for status, age_s in statuses:
        account = status.account
        age.labels(account).set(age_s)
        active.labels(account).set(status.trading_state is TradingState.ACTIVE)
        loss.labels(account).set(_number(status.daily_loss))
        store.labels(account).set(status.is_store_up)
        unsettled.labels(account).set(status.unsettled_orders)
        live.labels(account).set(status.live_orders)
        for exchange, why in status.not_ready.items():
            ready.labels(account, exchange).set(not why)
        for exchange, value in status.equity.items():
            equity.labels(account, exchange).set(_number(value))
        for leg in status.legs:
            labels = (account, leg.exchange, leg.symbol, str(leg.position_idx))
            quantity.labels(*labels).set(_number(leg.quantity))
            unprotected.labels(*labels).set(bool(leg.quantity) and leg.stop_loss is None)
            realized.labels(*labels).set(_number(leg.realized_pnl))
        if status.book is not None:
            at_risk.labels(account).set(_number(status.book.value_at_risk))
            beyond.labels(account).set(_number(status.book.expected_shortfall))
            for day, lost in status.book.stress.items():
                stress.labels(account, day).set(_number(lost))
        for kind, count in status.counters.items():
            counted.labels(account, kind).set(count)
    return generate_latest(registry)


def _gauge(registry: CollectorRegistry, name: str, text: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(name, text, labels, registry=registry)


def _number(value: Decimal) -> float:
    """A gauge holds a float; nothing is traded on it."""
    return float(value)
