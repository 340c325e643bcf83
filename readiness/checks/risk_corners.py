"""Orders that must pass the door and orders that must not, beside what the drives measure.

What is not known is denied, each leg has its own losing side, and an order that only shrinks its
leg goes whatever else has failed (RTS 6 Art. 15(4), SEC 15c3-5 (c)(1)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import Instrument, PositionIdx
from bot_trading.domain.order import OrderIntent, OrderSide, OrderType
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.view import RiskView
from readiness.checks.risk_world import PRICE, QUANTITY, TINY, WIDE, base_intent, base_view

__all__ = ["Corner", "corners", "worst_world"]

ZERO, ONE = Decimal(0), Decimal(1)
UNKNOWN = (
    *("quote_age_ms", "mark_px", "mean_px", "move_percent", "spread_bps", "equity"),
    *("exchange_equity", "free_margin", "signal_age_s", "funding_due_s", "depth_qty"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """One order in one world, and whether the door lets it pass."""

    name: str
    intent: OrderIntent
    view: RiskView
    passes: bool


def corners(limits: RiskLimits) -> Iterator[Corner]:
    """Every corner, each with only one thing that is out of the usual."""
    long, world = base_intent(limits), base_view(limits)
    for name in UNKNOWN:
        yield _refused(f"{name} is unknown", long, _where(world, {name: None}))
    for name in ("equity", "exchange_equity"):
        yield _refused(f"{name} is zero", long, _where(world, {name: ZERO}))
    # One coin of equity is little, and it is some: an order of half of it leaves enough.
    little = replace(world, exchange_equity=ONE, free_margin=ONE + PRICE * TINY)
    little = replace(little, instrument=_ruled(world.instrument, {"min_notional": ZERO}))
    small = replace(long, quantity=TINY)
    yield Corner(name="an order with one coin of equity", intent=small, view=little, passes=True)
    yield from _of_the_rules(long, world)
    for leg in (long, short_of(long)):
        yield from _of_a_leg(leg, world)
        yield from _of_an_exit(leg, world, limits)


def short_of(long: OrderIntent) -> OrderIntent:
    """The same entry into the short leg."""
    return replace(
        long,
        leg_id=long.leg_id._replace(position_idx=PositionIdx.SHORT),
        side=OrderSide.SELL,
        stop_loss=PRICE + 500,
        take_profit=PRICE - 500,
    )


def worst_world(world: RiskView, limits: RiskLimits) -> RiskView:
    """Everything that keeps new risk away, at once."""
    return replace(
        _where(world, dict.fromkeys(UNKNOWN)),
        trading_state=TradingState.HALTED,
        not_ready="stream is down",
        is_store_up=False,
        daily_loss=limits.daily_loss_max_usdt * 2,
        total_notional=limits.total_exposure_max_usdt * 2,
        messages_last_second=limits.messages_per_second_max * 2,
        executions=limits.executions_max * 2,
        open_qty=QUANTITY,
    )


def _of_a_leg(entry: OrderIntent, world: RiskView) -> Iterator[Corner]:
    sign = 1 if entry.leg_id.is_long else -1
    leg = entry.leg_id.position_idx.name
    yield Corner(name=f"the usual {leg} entry", intent=entry, view=world, passes=True)
    untargeted = replace(entry, take_profit=None)
    yield Corner(name=f"a {leg} entry without a target", intent=untargeted, view=world, passes=True)
    for name, changed in (
        ("no stop", replace(entry, stop_loss=None)),
        ("its stop at its price", replace(entry, stop_loss=PRICE)),
        ("its stop beyond its price", replace(entry, stop_loss=PRICE + sign)),
        ("its target at its price", replace(entry, take_profit=PRICE)),
        ("its target before its price", replace(entry, take_profit=PRICE - sign)),
    ):
        yield _refused(f"a {leg} entry with {name}", changed, world)
    for side in (1, -1):
        near = replace(world, liquidation_px=PRICE + side)
        where = "above" if side > 0 else "below"
        yield _refused(f"a {leg} entry with liquidation one dollar {where}", entry, near)
    far = replace(world, liquidation_px=PRICE / 2 if sign > 0 else PRICE * 2)
    yield Corner(name=f"a {leg} entry far from liquidation", intent=entry, view=far, passes=True)


def _of_an_exit(entry: OrderIntent, world: RiskView, limits: RiskLimits) -> Iterator[Corner]:
    """An exit goes in the worst of worlds, and never closes more than is open and free."""
    closing = replace(
        entry,
        side=OrderSide.SELL if entry.leg_id.is_long else OrderSide.BUY,
        reduce_only=True,
        stop_loss=None,
        take_profit=None,
    )
    leg, worst = entry.leg_id.position_idx.name, worst_world(world, limits)
    yield Corner(name=f"a {leg} exit in the worst world", intent=closing, view=worst, passes=True)
    yield _refused(f"a {leg} exit of a flat leg", closing, world)
    taken = replace(worst, closing_qty=TINY)
    yield _refused(f"a {leg} exit of what is being closed", closing, taken)
    yield _refused(f"a {leg} exit that was sent", closing, replace(worst, is_known_id=True))


def _of_the_rules(entry: OrderIntent, world: RiskView) -> Iterator[Corner]:
    """The exchange's own grid, minimums and maximums."""
    rules = world.instrument
    limit = replace(entry, order_type=OrderType.LIMIT, price=PRICE)
    yield Corner(name="a limit order on the grid", intent=limit, view=world, passes=True)
    off = replace(limit, price=PRICE + rules.tick_size / 2)
    yield _refused("a price between two ticks", off, world)
    away = replace(limit, price=PRICE * 2, reference_px=PRICE)
    yield _refused("a limit price far from the mark", away, world)
    for name, change, intent in (
        ("an instrument that is not traded", {"is_trading": False}, entry),
        ("more than a market order holds", {"max_market_qty": QUANTITY - TINY}, entry),
        ("more than a limit order holds", {"max_qty": QUANTITY - TINY}, limit),
        ("less than an order holds", {"min_qty": QUANTITY + TINY}, entry),
        ("less than an order is worth", {"min_notional": WIDE}, entry),
    ):
        yield _refused(name, intent, replace(world, instrument=_ruled(rules, change)))
    for name, change, intent in (
        ("all that a market order holds", {"max_market_qty": QUANTITY, "max_qty": TINY}, entry),
        ("all that a limit order holds", {"max_qty": QUANTITY, "max_market_qty": TINY}, limit),
        ("the least that an order holds", {"min_qty": QUANTITY}, entry),
    ):
        view = replace(world, instrument=_ruled(rules, change))
        yield Corner(name=name, intent=intent, view=view, passes=True)
    unnamed = entry.leg_id._replace(symbol="NOWHEREUSDT")
    yield _refused("a symbol without a largest quantity", replace(entry, leg_id=unnamed), world)
    unasked = replace(world, signal_age_s=None)
    by_hand = replace(entry, signal_id=None)
    yield Corner(name="an order without a signal", intent=by_hand, view=unasked, passes=True)


def _where(world: RiskView, changes: dict[str, Any]) -> RiskView:
    return replace(world, **changes)


def _ruled(rules: Instrument, changes: dict[str, Any]) -> Instrument:
    return replace(rules, **changes)


def _refused(name: str, intent: OrderIntent, view: RiskView) -> Corner:
    return Corner(name=name, intent=intent, view=view, passes=False)
