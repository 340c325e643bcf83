"""Every control as one pure function: None when it lets the order pass, else what it measured.

A limit itself may be reached and not passed: at the limit is allowed, above is denied.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import Instrument
from bot_trading.domain.order import OrderIntent, OrderType
from bot_trading.risk.limits import RiskLimits

__all__ = ["ENTRY_CONTROLS", "EVERY_ORDER_CONTROLS", "Denial", "RiskView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Which control refused, what it measured, and its limit."""

    control: str
    measured: str
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """What the controls look at: the state of the world at the instant of a review.

    Notionals in quote coin; `leg_notional` and `total_notional` are open legs at valuation price,
    the reserved ones approved orders not yet in them. `quote_age_ms` is None when no price was
    ever seen. `not_ready` says why the exchange may not take new risk, empty when it may.
    `open_qty` is the quantity of the leg, `closing_qty` what other exits in flight already close.
    """

    instrument: Instrument
    trading_state: TradingState
    not_ready: str
    is_store_up: bool
    is_known_id: bool
    quote_age_ms: int | None
    leg_notional: Decimal
    leg_reserved: Decimal
    total_notional: Decimal
    total_reserved: Decimal
    daily_loss: Decimal
    open_qty: Decimal
    closing_qty: Decimal


def trading_state(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """New risk only while ACTIVE."""
    if view.trading_state is TradingState.ACTIVE:
        return None
    return Denial(control="trading_state", measured=view.trading_state, limit=TradingState.ACTIVE)


def readiness(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """New risk only on an exchange whose streams live and whose legs and orders agree with ours."""
    if not view.not_ready:
        return None
    return Denial(control="exchange_ready", measured=view.not_ready, limit="reconciled and live")


def store(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """New risk only while it can be written down before it is sent."""
    if view.is_store_up:
        return None
    return Denial(control="store_up", measured="the database takes no writes", limit="writes")


def duplicate(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """The same decision is sent once (SEC 15c3-5(c)(1)(ii): orders that indicate duplication)."""
    if not view.is_known_id:
        return None
    return Denial(
        control="duplicate_order", measured=intent.client_order_id, limit="an id is used once"
    )


def instrument_rules(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Quantity and prices lie on the exchange's grid, within its minimums and maximums."""
    rules = view.instrument
    if not rules.is_trading:
        return Denial(control="instrument_trading", measured="not trading", limit="trading")
    quantity_max = rules.max_market_qty if intent.order_type is OrderType.MARKET else rules.max_qty
    if intent.quantity > quantity_max:
        return _denied("order_quantity_max", intent.quantity, quantity_max)
    if intent.quantity % rules.qty_step:
        return _denied("quantity_step", intent.quantity, rules.qty_step)
    if intent.price is not None and intent.price % rules.tick_size:
        return _denied("price_tick", intent.price, rules.tick_size)
    return None


def order_minimums(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """An entry that the exchange would refuse as too small is not sent."""
    if intent.quantity < view.instrument.min_qty:
        return _denied("order_quantity_min", intent.quantity, view.instrument.min_qty)
    if intent.notional < view.instrument.min_notional:
        return _denied("order_notional_min", intent.notional, view.instrument.min_notional)
    return None


def protection(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """An entry carries its stop, on the losing side of its price, and a target on the other."""
    stop = intent.stop_loss
    if stop is None:
        return Denial(control="stop_loss", measured="none", limit="every entry carries a stop")
    sign = 1 if intent.leg_id.is_long else -1
    if sign * (intent.reference_px - stop) <= 0:
        return _denied("stop_loss_side", stop, intent.reference_px)
    target = intent.take_profit
    if target is not None and sign * (target - intent.reference_px) <= 0:
        return _denied("take_profit_side", target, intent.reference_px)
    return None


def stale_price(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk on a price that is too old, or on none."""
    if view.quote_age_ms is None:
        return Denial(
            control="price_age_max_ms", measured="no price seen", limit=str(limits.price_age_max_ms)
        )
    if view.quote_age_ms > limits.price_age_max_ms:
        return Denial(
            control="price_age_max_ms",
            measured=str(view.quote_age_ms),
            limit=str(limits.price_age_max_ms),
        )
    return None


def order_value(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum value of one order (RTS 6 Art. 15(1)(b))."""
    return _above("order_notional_max_usdt", intent.notional, limits.order_notional_max_usdt)


def leg_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of one leg, with what is in flight."""
    exposure = view.leg_notional + view.leg_reserved + intent.notional
    return _above("leg_exposure_max_usdt", exposure, limits.leg_exposure_max_usdt)


def total_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of all legs, gross: a long and a short leg both count."""
    exposure = view.total_notional + view.total_reserved + intent.notional
    return _above("total_exposure_max_usdt", exposure, limits.total_exposure_max_usdt)


def daily_loss(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk after the day has lost its limit; at the limit is already lost."""
    if view.daily_loss < limits.daily_loss_max_usdt:
        return None
    return _denied("daily_loss_max_usdt", view.daily_loss, limits.daily_loss_max_usdt)


def exit_quantity(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Exits in flight together never close more than the leg holds."""
    if not intent.reduce_only or intent.quantity + view.closing_qty <= view.open_qty:
        return None
    return _denied("exit_quantity", intent.quantity + view.closing_qty, view.open_qty)


def _above(control: str, measured: Decimal, limit: Decimal) -> Denial | None:
    return _denied(control, measured, limit) if measured > limit else None


def _denied(control: str, measured: Decimal, limit: Decimal) -> Denial:
    return Denial(control=control, measured=f"{measured.normalize():f}", limit=f"{limit:f}")


EVERY_ORDER_CONTROLS = (duplicate, instrument_rules, exit_quantity)
ENTRY_CONTROLS = (
    trading_state,
    readiness,
    store,
    order_minimums,
    protection,
    stale_price,
    daily_loss,
    order_value,
    leg_exposure,
    total_exposure,
)
