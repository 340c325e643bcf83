"""A leg that is said to stay calm is one for which the whole decision wants nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.calm import Calm
from bot_trading.sltp.enhanced import EnhancedSLTPManager, Intent, LegView, MoveStop
from bot_trading.sltp.policy import (
    ExitPolicy,
    LadderExecution,
    LadderLevel,
    LockLevel,
    PartialTakeProfit,
    ProfitProtection,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)
from tests.builders.core import LONG, NOW_US, SHORT, an_instrument, d

LADDERS = st.builds(
    PartialTakeProfit,
    levels=st.just(
        (
            LadderLevel(percent=d("1.2"), close_ratio=d("0.2")),
            LadderLevel(percent=d("2.4"), close_ratio=d("0.3")),
        )
    ),
    execution=st.sampled_from(LadderExecution),
    update_sl_after_partial=st.booleans(),
)
PROTECTIONS = st.builds(
    ProfitProtection,
    breakeven_percent=st.just(d("0.8")),
    breakeven_offset_percent=st.sampled_from((d(0), d("0.15"), d("0.79"))),
    lock_levels=st.sampled_from(
        (
            (),
            (
                LockLevel(trigger_percent=d("1.5"), lock_percent=d(1)),
                LockLevel(trigger_percent=d(3), lock_percent=d("2.9")),
            ),
        )
    ),
    max_updates=st.integers(1, 3),
)
BOUNDS = st.tuples(
    *(
        st.sampled_from((d("0.3"), d("0.8"), d(3))),
        st.sampled_from((d("0.05"), d("0.5"))),
        st.sampled_from((d("1.2"), d(3), d(50))),
        st.sampled_from((d("0.01"), d("0.05"), d(1), d(50))),
    )
)
MEASURES = st.one_of(
    st.sampled_from((d("0.1"), d(20), d(400), d(5000))).map(
        lambda usdt: {"kind": TrailingType.FIXED, "distance_usdt": usdt}
    ),
    st.just({"kind": TrailingType.PERCENTAGE, "distance_percent": d(1)}),
    st.just({"kind": TrailingType.ATR, "atr_multiple": d(2)}),
    st.just(
        {
            "kind": TrailingType.ADAPTIVE,
            "distance_percent": d(1),
            "atr_reference_percent": d("0.5"),
        }
    ),
)


def a_trailing(bounds: tuple[Decimal, ...], measure: dict[str, object]) -> TrailingStop:
    """One of each kind, with bounds and steps from a trifle to half of the price."""
    activation, least, most, step = bounds
    return TrailingStop(
        activation_percent=activation,
        min_distance_percent=least,
        max_distance_percent=most,
        step_percent=step,
        **measure,  # type: ignore[arg-type]
    )


POLICIES = st.builds(
    ExitPolicy,
    stop_loss_percent=st.just(d("0.6")),
    partial_take_profit=st.none() | LADDERS,
    profit_protection=st.none() | PROTECTIONS,
    trailing_stop=st.none() | st.builds(a_trailing, BOUNDS, MEASURES),
    time_adjustment=st.sampled_from(
        (None, TimeAdjustment(tighten_after_s=3600, tighten_ratio=d("0.5")))
    ),
    volatility_adjustment=st.sampled_from(
        (
            None,
            VolatilityAdjustment(
                calm_below_atr_percent=d("0.2"),
                tighten_ratio=d("0.5"),
                close_above_atr_percent=d(1),
            ),
        )
    ),
)
PRICES = st.integers(480_000, 530_000).map(lambda number: Decimal(number) / 10)
VALUES = st.sampled_from((d(1000), d("1000.0000001"), d(1000) + d(1) / 3))
ATRS = st.none() | st.integers(1, 700).map(Decimal)
HELD_US = st.sampled_from((0, 3_600_000_000))
TICKS = st.sampled_from((d("0.1"), d("0.0001"), d(50)))


def a_leg(leg_id: LegId, entry_value: Decimal) -> PositionLeg:
    """0.020 BTC entered at 50000 or next to it."""
    return PositionLeg(
        leg_id=leg_id,
        quantity=d("0.020"),
        entered_qty=d("0.020"),
        entry_value=entry_value,
        episode=1,
        ts_opened_us=NOW_US,
    )


def executed(rungs: tuple[LadderRung, ...], filled: int) -> tuple[LadderRung, ...]:
    """The ladder with its first levels executed."""
    return tuple(
        replace(rung, status=RungStatus.FILLED, filled_qty=rung.quantity) if at < filled else rung
        for at, rung in enumerate(rungs)
    )


def wanted(manager: EnhancedSLTPManager, view: LegView) -> list[Intent]:
    """What is wanted of the leg whose orders that rest are all in order."""
    policy = manager.policy.partial_take_profit
    rests = policy is not None and policy.execution is LadderExecution.RESTING
    return manager.decide(replace(view, is_served=rests, is_calm=False))


def last_price_of(calm: Calm) -> Decimal:
    """The last hundredth before the price that ends it, or one far away where none does."""
    if not calm.until_px or not calm.until_px.is_finite():
        return d(1) if calm.until_px == 0 else d(1_000_000)
    is_long = calm.leg.leg_id.is_long
    rounding = ROUND_FLOOR if is_long else ROUND_CEILING
    return calm.until_px.quantize(d("0.01"), rounding)


@settings(max_examples=600)
@given(
    policy=POLICIES,
    leg_id=st.sampled_from((LONG, SHORT)),
    entry_value=VALUES,
    tick=TICKS,
    first_px=PRICES,
    second_px=st.none() | PRICES,
    stop=PRICES,
    atr=ATRS,
    held_us=st.tuples(HELD_US, HELD_US),
    filled=st.integers(0, 2),
    updates=st.integers(0, 3),
)
def test_a_calm_leg_wants_nothing(
    policy: ExitPolicy,
    leg_id: LegId,
    entry_value: Decimal,
    tick: Decimal,
    first_px: Decimal,
    second_px: Decimal | None,
    stop: Decimal,
    atr: Decimal | None,
    held_us: tuple[int, int],
    filled: int,
    updates: int,
) -> None:
    """Whatever the policy: decided on at one price, its stop moved as asked for, a leg that is
    said to stay calm at another price (or at the last before it ends), or an hour later, is one
    that `decide` wants nothing of."""
    manager, leg = EnhancedSLTPManager(policy), a_leg(leg_id, entry_value)
    rules = an_instrument(tick_size=tick)
    view = LegView(
        leg=leg,
        instrument=rules,
        price=first_px,
        market_us=NOW_US + held_us[0],
        stop=stop,
        rungs=executed(manager.plan(leg, rules), filled),
        atr=atr,
        updates=updates,
    )
    for intent in wanted(manager, view):
        if isinstance(intent, MoveStop):
            view = replace(view, stop=intent.stop_loss, updates=view.updates + intent.is_update)
    calm = manager.calm(view, view.stop)
    assume(calm is not None)
    assert calm is not None
    if second_px is None:
        second_px = last_price_of(calm)
    later = replace(view, price=second_px, market_us=NOW_US + held_us[1])
    if manager.stays_calm(calm, second_px, held_us[1]):
        event("calm with more gain" if (second_px > first_px) == leg_id.is_long else "with less")
        assert wanted(manager, later) == []
