"""A leg that is said to be quiet is one for which the whole decision wants nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.enhanced import EnhancedSLTPManager, LegView
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    TimeAdjustment,
    VolatilityAdjustment,
)
from tests.builders.core import LONG, NOW_US, SHORT, an_instrument, d

RULES = an_instrument()
CAREFUL = replace(
    DEFAULT_POLICY,
    volatility_adjustment=VolatilityAdjustment(
        calm_below_atr_percent=d("0.1"), tighten_ratio=d("0.5"), close_above_atr_percent=d(1)
    ),
    time_adjustment=TimeAdjustment(tighten_after_s=3600, tighten_ratio=d("0.5")),
)
POLICIES = (
    DEFAULT_POLICY,
    CAREFUL,
    replace(DEFAULT_POLICY, profit_protection=None),
    replace(DEFAULT_POLICY, trailing_stop=None),
    replace(DEFAULT_POLICY, profit_protection=None, trailing_stop=None),
)
prices = st.integers(450_000, 550_000).map(lambda number: Decimal(number) / 10)
atrs = st.none() | st.integers(1, 1500).map(Decimal)


def a_leg(leg_id: LegId) -> PositionLeg:
    """0.020 BTC entered at 50000."""
    return PositionLeg(
        leg_id=leg_id,
        quantity=d("0.020"),
        entered_qty=d("0.020"),
        entry_value=d(1000),
        episode=1,
        ts_opened_us=NOW_US,
    )


def served(rungs: tuple[LadderRung, ...], filled: int) -> tuple[LadderRung, ...]:
    """The ladder with its first levels executed."""
    return tuple(
        replace(rung, status=RungStatus.FILLED, filled_qty=rung.quantity) if at < filled else rung
        for at, rung in enumerate(rungs)
    )


@given(
    policy=st.sampled_from(POLICIES),
    leg_id=st.sampled_from((LONG, SHORT)),
    price=prices,
    stop=st.none() | prices,
    atr=atrs,
    held_s=st.integers(0, 7200),
    filled=st.integers(0, 2),
)
@example(
    policy=DEFAULT_POLICY,
    leg_id=LONG,
    price=Decimal(50400),
    stop=None,
    atr=None,
    held_s=0,
    filled=0,
)
def test_a_quiet_leg_is_one_that_wants_nothing(
    policy: ExitPolicy,
    leg_id: LegId,
    price: Decimal,
    stop: Decimal | None,
    atr: Decimal | None,
    held_s: int,
    filled: int,
) -> None:
    """Below every trigger legs are quiet and want nothing, whatever their stop; beyond one not."""
    manager, leg = EnhancedSLTPManager(policy), a_leg(leg_id)
    rungs = served(manager.plan(leg, RULES), filled)
    held_us = held_s * 1_000_000
    view = LegView(
        leg=leg,
        instrument=RULES,
        price=price,
        market_us=NOW_US + held_us,
        stop=stop,
        rungs=rungs,
        atr=atr,
        is_served=True,
    )
    is_quiet = manager.is_quiet(leg, price, rungs, atr, held_us)
    if is_quiet:
        assert manager.decide(view) == []
    gained = (price - 50000) * (1 if leg_id is LONG else -1)
    if policy is DEFAULT_POLICY:
        assert is_quiet == (gained < 400 and not filled)
