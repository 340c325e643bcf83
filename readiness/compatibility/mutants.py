"""v3 made wrong on purpose, one rule at a time: what a comparison with v2 must not let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.signal import BarrierSpec
from bot_trading.engine.state import CoreConfig
from readiness.compatibility.histories import History, Sent

__all__ = ["mutants_of", "wrong_orders_of"]


def mutants_of(config: CoreConfig) -> Iterator[tuple[str, CoreConfig]]:
    """Cores that decide by another rule than the one they were given, with what was changed."""
    momentum, barrier, limits = config.momentum, config.barrier, config.limits
    if momentum is None:
        return
    yield "look-back", replace(config, momentum=replace(momentum, lookback=momentum.lookback + 4))
    high = replace(momentum, threshold_bps=momentum.threshold_bps * 4)
    yield "threshold", replace(config, momentum=high)
    pause = replace(momentum, cool_down=momentum.cool_down + 2)
    yield "pause between opinions", replace(config, momentum=pause)
    for name, changed in _wrong_exits(barrier):
        yield name, replace(config, barrier=changed)
    much = config.order_notional_usdt * Decimal("1.02")
    yield "worth of an order", replace(config, order_notional_usdt=much)
    looser = limits.leg_exposure_max_usdt * 2
    yield "limit of a leg", replace(config, limits=replace(limits, leg_exposure_max_usdt=looser))
    tight = replace(limits, order_notional_max_usdt=config.order_notional_usdt / 2)
    yield "limit of an order", replace(config, limits=tight)


def _wrong_exits(barrier: BarrierSpec) -> Iterator[tuple[str, BarrierSpec]]:
    yield "stop too far", replace(barrier, stop_ratio=barrier.stop_ratio * 3)
    yield "stop too near", replace(barrier, stop_ratio=barrier.stop_ratio / 10)
    yield "target too far", replace(barrier, target_ratio=barrier.target_ratio * 3)
    yield "horizon too long", replace(barrier, horizon_s=barrier.horizon_s * 2)
    yield "horizon too short", replace(barrier, horizon_s=barrier.horizon_s // 3)


def wrong_orders_of(history: History) -> Iterator[tuple[str, History]]:
    """The same history with one order that v3 must never send."""
    entry = next(order for order in history.orders if not order.reduce_only)
    exit_order = next(order for order in history.orders if order.reduce_only)
    wrong: tuple[tuple[str, Sent, Callable[[Sent], Sent]], ...] = (
        ("entry without a leg", entry, lambda order: replace(order, position_idx=0)),
        ("entry without a stop", entry, lambda order: replace(order, carries_stop=False)),
        ("entry without an id", entry, lambda order: replace(order, has_id=False)),
        ("exit that may open", exit_order, lambda order: replace(order, reduce_only=False)),
    )
    for name, order, change in wrong:
        place = history.orders.index(order)
        orders = (*history.orders[:place], change(order), *history.orders[place + 1 :])
        yield name, replace(history, orders=orders)
