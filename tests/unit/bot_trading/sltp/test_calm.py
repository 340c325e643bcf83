"""Up to which price a leg goes on wanting nothing, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.calm import calm_until
from bot_trading.sltp.enhanced import EnhancedSLTPManager, LegView
from bot_trading.sltp.partial import plan_ladder
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    LadderExecution,
    LadderLevel,
    LockLevel,
    PartialTakeProfit,
    ProfitProtection,
    VolatilityAdjustment,
)
from tests.builders.core import LONG, NOW_US, SHORT, an_instrument, d

RULES = an_instrument()
LADDER = PartialTakeProfit(
    levels=(
        LadderLevel(percent=d("1.2"), close_ratio=d("0.2")),
        LadderLevel(percent=d("2.4"), close_ratio=d("0.3")),
    )
)
LADDER_ONLY = ExitPolicy(stop_loss_percent=d("0.6"), partial_take_profit=LADDER)
LOCKS_ONLY = ExitPolicy(
    stop_loss_percent=d("0.6"),
    profit_protection=ProfitProtection(
        breakeven_percent=d("0.8"),
        breakeven_offset_percent=d("0.15"),
        lock_levels=(LockLevel(trigger_percent=d(2), lock_percent=d(1)),),
    ),
)
TRAILING_ONLY = replace(DEFAULT_POLICY, partial_take_profit=None, profit_protection=None)


def held(leg_id: LegId = LONG) -> PositionLeg:
    """0.020 BTC entered at 50000."""
    return PositionLeg(
        leg_id=leg_id,
        quantity=d("0.020"),
        entered_qty=d("0.020"),
        entry_value=d(1000),
        episode=1,
        ts_opened_us=NOW_US,
    )


def until(
    policy: ExitPolicy,
    price: str,
    stop: str,
    *,
    leg_id: LegId = LONG,
    rungs: tuple[LadderRung, ...] = (),
    ratio: str = "1",
) -> Decimal | None:
    """The price that ends the calm, to the hundredth."""
    found = calm_until(
        *(policy, held(leg_id), RULES, rungs),
        price=d(price),
        stop=d(stop),
        atr=None,
        ratio=d(ratio),
    )
    return found if found is None or not found.is_finite() else found.quantize(d("0.01"))


def test_a_leg_near_its_entry_waits_for_break_even() -> None:
    """Or for nothing at all, where no part of the policy looks at the price."""
    assert until(DEFAULT_POLICY, "50000", "49700") == d(50400)
    assert until(DEFAULT_POLICY, "50000", "50300", leg_id=SHORT) == d(49600)
    assert until(LADDER_ONLY, "50000", "49700") == Decimal("Infinity")
    assert until(LADDER_ONLY, "50000", "50300", leg_id=SHORT) == 0


def test_after_break_even_it_waits_for_the_next_lock() -> None:
    """And after the last for nothing."""
    assert until(LOCKS_ONLY, "50500", "50075") == d(51000)
    assert until(LOCKS_ONLY, "51100", "50500") == Decimal("Infinity")


@pytest.mark.parametrize(
    ("leg_id", "price", "stop", "wanted"),
    [
        (LONG, "51510", "50994.9", "51535.77"),
        (LONG, "51000", "50985", "51500.00"),
        (SHORT, "48490", "48974.9", "48466.01"),
    ],
)
def test_a_trailing_stop_waits_for_a_step(
    leg_id: LegId, price: str, stop: str, wanted: str
) -> None:
    """A twentieth of a percent beyond where it stands; below its activation it waits for that."""
    assert until(TRAILING_ONLY, price, stop, leg_id=leg_id) == d(wanted)


def test_a_step_that_is_due_is_not_calm() -> None:
    """Though the grid of prices holds it back now: the very next price may bring it."""
    assert until(TRAILING_ONLY, "51600", "50985") is None


def test_a_stop_that_cannot_rest_yet_waits_to_be_passed() -> None:
    """The price fell behind an executed level's stop; so for what time has tightened."""
    first, second = plan_ladder(LADDER, held(), RULES)
    done = tuple(
        replace(rung, status=RungStatus.FILLED, filled_qty=rung.quantity)
        for rung in (first, second)
    )
    assert until(LADDER_ONLY, "50100", "50000", rungs=done) == first.price
    assert until(LADDER_ONLY, "49800", "49700", ratio="0.5") == d(49850)


def test_a_level_on_touch_waits_for_its_price() -> None:
    """Calm ends there, and never begins while one that was reached is still to be closed."""
    on_touch = replace(
        LADDER_ONLY, partial_take_profit=replace(LADDER, execution=LadderExecution.ON_TOUCH)
    )
    rungs = plan_ladder(LADDER, held(), RULES)
    assert until(on_touch, "50000", "49700", rungs=rungs) == d(50600)
    assert until(on_touch, "50700", "49700", rungs=rungs) is None


def test_a_flat_leg_and_one_without_a_stop_are_never_calm() -> None:
    """Nothing is known of them that could last."""
    flat = replace(held(), quantity=d(0))
    assert (
        calm_until(
            *(DEFAULT_POLICY, flat, RULES, ()),
            price=d(50000),
            stop=d(49700),
            atr=None,
            ratio=d(1),
        )
        is None
    )
    view = LegView(leg=held(), instrument=RULES, price=d(50000), market_us=NOW_US, stop=None)
    assert EnhancedSLTPManager().calm(view, None) is None


def test_calm_ends_when_volatility_would_shorten_or_close() -> None:
    """ATR is compared with the price, which may fall away from it."""
    manager = EnhancedSLTPManager(
        replace(
            DEFAULT_POLICY,
            volatility_adjustment=VolatilityAdjustment(
                calm_below_atr_percent=d("0.2"),
                tighten_ratio=d("0.5"),
                close_above_atr_percent=d("1"),
            ),
        )
    )
    view = LegView(
        leg=held(),
        instrument=RULES,
        price=d(50000),
        market_us=NOW_US,
        stop=d(49700),
        atr=d(499),
    )
    calm = manager.calm(view, d(49700))
    assert calm is not None
    assert manager.stays_calm(calm, d(49950), 0)
    assert not manager.stays_calm(calm, d(49800), 0)
    assert not manager.stays_calm(calm, d(50400), 0)
    assert manager.calm(replace(view, price=d(49800)), d(49700)) is None
    assert not manager.stays_calm(replace(calm, ratio=d("0.5")), d(50000), 0)
