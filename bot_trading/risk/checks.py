"""Every control as one pure function: None when it lets the order pass, else what it measured.

A limit itself may be reached and not passed: at the limit is allowed, above is denied. What is not
known is denied too: a control that cannot measure lets nothing pass.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.order import OrderIntent, OrderType
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.view import Denial, ExitView, RiskView

__all__ = ["ENTRY_CONTROLS", "EVERY_ORDER_CONTROLS", "MAINTENANCE_RATIO", "Denial", "RiskView"]

# The lowest tiers of BTC and ETH keep 0.5 % on Bybit, OKX and Binance; twice that is kept back.
MAINTENANCE_RATIO = Decimal("0.01")

AnyView = RiskView | ExitView


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


def duplicate(intent: OrderIntent, view: AnyView, limits: RiskLimits) -> Denial | None:
    """The same decision is sent once (SEC 15c3-5(c)(1)(ii): orders that indicate duplication)."""
    if not view.is_known_id:
        return None
    return Denial(
        control="duplicate_order", measured=intent.client_order_id, limit="an id is used once"
    )


def instrument_rules(intent: OrderIntent, view: AnyView, limits: RiskLimits) -> Denial | None:
    """Quantity and prices lie on the exchange's grid, within its minimums and maximums."""
    rules = view.instrument
    if not rules.is_trading:
        return Denial(control="instrument_trading", measured="not trading", limit="trading")
    quantity_max = rules.max_market_qty if intent.order_type is OrderType.MARKET else rules.max_qty
    if intent.quantity > quantity_max:
        return _denied("order_quantity_max", intent.quantity, quantity_max)
    is_whole = intent.closes_all and intent.quantity == view.open_qty
    if intent.quantity % rules.qty_step and not is_whole:
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


def weekly_loss(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk after the week has lost its limit; at the limit is already lost."""
    if view.weekly_loss < limits.weekly_loss_max_usdt:
        return None
    return _denied("weekly_loss_max_usdt", view.weekly_loss, limits.weekly_loss_max_usdt)


def drawdown(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk once equity lies that far below its peak; at the limit is already lost."""
    if view.drawdown_ratio < limits.drawdown_max_ratio:
        return None
    return _denied("drawdown_max_ratio", view.drawdown_ratio, limits.drawdown_max_ratio)


def consecutive_losses(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk after so many lives of legs in a row that lost."""
    if view.consecutive_losses < limits.consecutive_losses_max:
        return None
    return _denied("consecutive_losses_max", view.consecutive_losses, limits.consecutive_losses_max)


def order_size(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum quantity of one order, in base coin (RTS 6 Art. 15(1)(c)): a value typed as a
    quantity is stopped here whatever the coin is worth."""
    largest = limits.order_quantity_max.get(intent.leg_id.symbol)
    if largest is None:
        measured = f"no limit for {intent.leg_id.symbol}"
        return Denial(control="order_quantity_max", measured=measured, limit="one is set")
    return _above("order_quantity_max", intent.quantity, largest)


def price_collar(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """The order's price lies near the mark (RTS 6 Art. 15(1)(a), per order)."""
    price = intent.price if intent.price is not None else intent.reference_px
    return _collared("price_collar_bps", price, view.mark_px, limits.price_collar_bps)


def price_move_collar(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """The order's price lies near the mean of the last minutes (Art. 15(1)(a), over time)."""
    price = intent.price if intent.price is not None else intent.reference_px
    return _collared("price_move_collar_bps", price, view.mean_px, limits.price_move_collar_bps)


def flash_crash(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk while the price has moved so far within its window, in either direction."""
    if view.move_percent is None:
        return _unknown("flash_crash_percent", "no prices seen", limits.flash_crash_percent)
    return _above("flash_crash_percent", view.move_percent, limits.flash_crash_percent)


def spread(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk into a book whose bid and ask lie too far apart, or are not both there."""
    if view.spread_bps is None:
        return _unknown("spread_max_bps", "bid or ask missing", limits.spread_max_bps)
    return _above("spread_max_bps", view.spread_bps, limits.spread_max_bps)


def depth(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk into a book whose best price holds too small a part of the order."""
    limit = limits.depth_min_ratio
    if view.depth_qty is None:
        return _unknown("depth_min_ratio", "size at the best price not known", limit)
    ratio = view.depth_qty / intent.quantity
    return None if ratio >= limit else _denied("depth_min_ratio", ratio, limit)


def message_rate(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Messages to exchanges in the last second, this one included (RTS 6 Art. 15(1)(d))."""
    sent, limit = view.messages_last_second + 1, limits.messages_per_second_max
    return _above("messages_per_second_max", sent, limit)


def identical_orders(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Entries of the same leg and quantity within the window, this one included
    (SEC 15c3-5(c)(1)(ii): orders that indicate duplication)."""
    sent, limit = view.identical_orders + 1, limits.identical_orders_max
    return _above("identical_orders_max", sent, limit)


def executions(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Entries executed or in flight within the window, this one included (RTS 6 Art. 15(3))."""
    sent, limit = view.executions + 1, limits.executions_max
    return _above("executions_max", sent, limit)


def position_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of both legs of an instrument."""
    exposure = view.position_notional + intent.notional
    return _above("position_exposure_max_usdt", exposure, limits.position_exposure_max_usdt)


def symbol_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of a symbol on all exchanges."""
    exposure = view.symbol_notional + intent.notional
    return _above("symbol_exposure_max_usdt", exposure, limits.symbol_exposure_max_usdt)


def exchange_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure on one exchange."""
    exposure = view.exchange_notional + intent.notional
    return _above("exchange_exposure_max_usdt", exposure, limits.exchange_exposure_max_usdt)


def group_exposure(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of symbols that move together."""
    exposure = view.group_notional + intent.notional
    return _above("group_exposure_max_usdt", exposure, limits.group_exposure_max_usdt)


def estimated_group(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Maximum exposure of symbols whose past returns moved together; until that is estimated, all
    of them do."""
    exposure = view.estimated_group_notional + intent.notional
    name, limit = "estimated_group_exposure_max_usdt", limits.estimated_group_exposure_max_usdt
    return _above(name, exposure, limit)


def value_at_risk(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """What the whole book loses at most, with the plan's confidence, this order included
    (RTS 6 Art. 15(4)); what has no past returns counts by the worst fall on record."""
    risk = view.value_at_risk + intent.notional * view.order_risk_ratio
    return _above("value_at_risk_max_usdt", risk, limits.value_at_risk_max_usdt)


def expected_shortfall(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """What the whole book loses on average when it loses more than that, this order included."""
    shortfall = view.expected_shortfall + intent.notional * view.order_shortfall_ratio
    limit = limits.expected_shortfall_max_usdt
    return _above("expected_shortfall_max_usdt", shortfall, limit)


def leverage(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """All exposure over the equity that exchanges confirmed (RTS 6 Art. 15(4))."""
    if view.equity is None or view.equity <= 0:
        return _unknown("leverage_max", f"equity is {view.equity}", limits.leverage_max)
    exposure = view.total_notional + view.total_reserved + intent.notional
    return _above("leverage_max", exposure / view.equity, limits.leverage_max)


def free_margin(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """What this order leaves of the exchange's margin, as a part of the equity there."""
    name, limit = "free_margin_min_ratio", limits.free_margin_min_ratio
    equity = view.exchange_equity
    if view.free_margin is None or equity is None or equity <= 0:
        return _unknown(name, f"equity is {equity}", limit)
    left = (view.free_margin - intent.notional / view.leverage) / equity
    return _denied(name, left, limit) if left < limit else None


def liquidation(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """How far the price may move against all legs of this direction before equity is gone, less
    what maintenance takes; and how far the exchange's own liquidation price lies."""
    name, limit = "liquidation_distance_min_ratio", limits.liquidation_distance_min_ratio
    equity = view.exchange_equity
    if equity is None or equity <= 0:
        return _unknown(name, f"equity is {equity}", limit)
    distance = equity / (view.same_side_notional + intent.notional) - MAINTENANCE_RATIO
    if view.liquidation_px is not None:
        told = abs(intent.reference_px - view.liquidation_px) / intent.reference_px
        distance = min(distance, told)
    return _denied(name, distance, limit) if distance < limit else None


def stale_signal(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk on an opinion about a market that has moved on; None is an order without one."""
    if intent.signal_id is None:
        return None
    limit = limits.signal_age_max_s
    if view.signal_age_s is None:
        return _unknown("signal_age_max_s", "not known", limit)
    return _above("signal_age_max_s", view.signal_age_s, limit)


def stale_model(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk on a model that has seen nothing of the market for so long; None is an order
    without a model behind it."""
    if view.model_age_s is None:
        return None
    return _above("model_age_max_s", view.model_age_s, limits.model_age_max_s)


def stale_equity(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No new risk on an exchange whose money nobody confirmed for so long."""
    limit = limits.equity_age_max_s
    if view.equity_age_s is None:
        return _unknown("equity_age_max_s", "equity was never confirmed", limit)
    return _above("equity_age_max_s", view.equity_age_s, limit)


def funding_due(intent: OrderIntent, view: RiskView, limits: RiskLimits) -> Denial | None:
    """No entry just before funding is settled; at the limit is early enough."""
    if view.funding_due_s is None:
        return _unknown("funding_pause_s", "settlement not known", limits.funding_pause_s)
    if view.funding_due_s >= limits.funding_pause_s:
        return None
    return _denied("funding_pause_s", view.funding_due_s, limits.funding_pause_s)


def exit_quantity(intent: OrderIntent, view: AnyView, limits: RiskLimits) -> Denial | None:
    """Exits in flight together never close more than the leg holds."""
    if not intent.reduce_only or intent.quantity + view.closing_qty <= view.open_qty:
        return None
    return _denied("exit_quantity", intent.quantity + view.closing_qty, view.open_qty)


def _collared(
    control: str, price: Decimal, reference: Decimal | None, limit: Decimal
) -> Denial | None:
    if reference is None:
        return _unknown(control, "no price to compare with", limit)
    return _above(control, abs(price - reference) * 10_000 / reference, limit)


def _unknown(control: str, measured: str, limit: Decimal | int) -> Denial:
    return Denial(control=control, measured=measured, limit=f"{Decimal(limit):f}")


def _above(control: str, measured: Decimal | int, limit: Decimal | int) -> Denial | None:
    return _denied(control, measured, limit) if measured > limit else None


def _denied(control: str, measured: Decimal | int, limit: Decimal | int) -> Denial:
    return Denial(
        control=control,
        measured=f"{Decimal(measured).normalize():f}",
        limit=f"{Decimal(limit):f}",
    )


EVERY_ORDER_CONTROLS = (duplicate, instrument_rules, exit_quantity)
ENTRY_CONTROLS = (
    trading_state,
    readiness,
    store,
    order_minimums,
    protection,
    stale_price,
    stale_signal,
    stale_model,
    stale_equity,
    daily_loss,
    weekly_loss,
    drawdown,
    consecutive_losses,
    order_value,
    order_size,
    price_collar,
    price_move_collar,
    flash_crash,
    spread,
    depth,
    message_rate,
    identical_orders,
    executions,
    funding_due,
    leg_exposure,
    total_exposure,
    position_exposure,
    symbol_exposure,
    exchange_exposure,
    group_exposure,
    estimated_group,
    value_at_risk,
    expected_shortfall,
    leverage,
    free_margin,
    liquidation,
)
