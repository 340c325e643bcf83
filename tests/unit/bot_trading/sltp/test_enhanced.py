"""A leg, its prices and its protection so far in; intents out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot_trading.domain.exits import LadderRung
from bot_trading.domain.order import OrderPurpose, OrderSide, OrderStatus, OrderType
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.enhanced import (
    AmendRung,
    CloseRung,
    CloseWhole,
    EnhancedSLTPManager,
    LegView,
    MoveStop,
    WithdrawRung,
)
from bot_trading.sltp.partial import rung_filled
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    LadderExecution,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)
from tests.builders.core import LONG, NOW_US, an_instrument, an_order, d

MANAGER = EnhancedSLTPManager()
RULES = an_instrument()
LEG = PositionLeg(
    leg_id=LONG,
    quantity=d("0.020"),
    entered_qty=d("0.020"),
    entry_value=d(1000),
    episode=1,
    ts_opened_us=NOW_US,
)
RUNGS = MANAGER.plan(LEG, RULES)


def view(price: str = "50000", **changes: Any) -> LegView:
    """The leg at a price, its stop at 49700, its ladder not laid yet."""
    parts: dict[str, Any] = {
        "leg": LEG,
        "instrument": RULES,
        "price": d(price),
        "market_us": NOW_US,
        "stop": d("49700"),
        "rungs": RUNGS,
    }
    return LegView(**(parts | changes))


def resting(rung: LadderRung, **changes: Any) -> Any:
    """The rung's order as it rests."""
    parts = {
        "client_order_id": f"tar-{rung.level}",
        "side": OrderSide.SELL,
        "order_type": OrderType.LIMIT,
        "quantity": rung.quantity,
        "price": rung.price,
        "status": OrderStatus.ACCEPTED,
        "purpose": OrderPurpose.TARGET,
        "reduce_only": True,
        "stop_loss": None,
        "take_profit": None,
    }
    return an_order(**(parts | changes))


def with_ladder(execution: LadderExecution) -> EnhancedSLTPManager:
    """The default policy with another way to execute its ladder."""
    ladder = DEFAULT_POLICY.partial_take_profit
    assert ladder is not None
    return EnhancedSLTPManager(
        replace(DEFAULT_POLICY, partial_take_profit=replace(ladder, execution=execution))
    )


def test_without_arguments_it_has_the_default_policy() -> None:
    """As users' documents construct it."""
    assert MANAGER.policy is DEFAULT_POLICY


def test_a_resting_ladder_is_laid_at_once() -> None:
    """Both levels, each at its price, whatever the market's is."""
    intents = MANAGER.decide(view())
    assert intents == [CloseRung(rung, rung.quantity, rung.price) for rung in RUNGS]


def test_a_ladder_that_rests_as_planned_is_left_alone() -> None:
    """Nothing is withdrawn and nothing is sent twice."""
    working = {rung.level: resting(rung) for rung in RUNGS}
    assert MANAGER.decide(view(working=working, busy=[1, 2])) == []


def test_an_order_that_no_longer_fits_is_withdrawn_first() -> None:
    """By quantity or by price; its level waits until the order is gone."""
    larger = {1: resting(RUNGS[0], quantity=d("0.008")), 2: resting(RUNGS[1])}
    [withdrawn] = MANAGER.decide(view(working=larger, busy=[1, 2]))
    assert withdrawn == WithdrawRung(RUNGS[0], larger[1], "the leg changed")
    moved = {1: resting(RUNGS[0]), 2: resting(RUNGS[1], price=d("51300"))}
    [withdrawn] = MANAGER.decide(view(working=moved, busy=[1, 2]))
    assert isinstance(withdrawn, WithdrawRung)
    assert withdrawn.rung.level == 2


def test_an_order_that_no_longer_fits_is_amended_where_it_can_be() -> None:
    """To what its rung has left; one whose rung wants nothing any more is withdrawn."""
    smaller = {1: resting(RUNGS[0], quantity=d("0.002")), 2: resting(RUNGS[1])}
    seen = view(working=smaller, busy=[1, 2], amendable=[1, 2])
    assert MANAGER.decide(seen) == [AmendRung(RUNGS[0], smaller[1], RUNGS[0].quantity)]
    merged = [replace(RUNGS[0], quantity=d(0)), RUNGS[1]]
    [withdrawn] = MANAGER.decide(replace(seen, rungs=merged))
    assert isinstance(withdrawn, WithdrawRung)


def test_a_touched_ladder_sends_market_orders() -> None:
    """Nothing below the level; all levels that a gap crossed, and the stop first."""
    manager = with_ladder(LadderExecution.ON_TOUCH)
    assert manager.decide(view("50100")) == []
    stop, *taken = manager.decide(view("51250"))
    assert isinstance(stop, MoveStop)
    assert taken == [CloseRung(rung, rung.quantity, None) for rung in RUNGS]
    assert manager.decide(view("51250", busy=[1, 2]))[1:] == []


def test_the_ladder_waits_while_it_may_not_take() -> None:
    """An entry is under way, or trading is halted; the stop goes on."""
    [stop] = MANAGER.decide(view("50500", may_take=False))
    assert stop == MoveStop(d("50075"), "break-even", is_update=True)


def test_a_stop_is_only_ever_moved_to_risk_less() -> None:
    """One that is tighter already stays."""
    moves = [
        intent
        for intent in MANAGER.decide(view("50500", stop=d("50075"), busy=[1, 2]))
        if isinstance(intent, MoveStop)
    ]
    assert moves == []


def test_profit_protection_moves_the_stop_so_often_and_no_more() -> None:
    """The trailing stop is not limited by it."""
    assert DEFAULT_POLICY.profit_protection is not None
    limit = DEFAULT_POLICY.profit_protection.max_updates
    assert MANAGER.decide(view("50500", updates=limit, busy=[1, 2])) == []
    [trailed] = MANAGER.decide(view("52000", updates=limit, busy=[1, 2]))
    assert trailed == MoveStop(d("51480"), "trailing by percentage", is_update=False)


def test_the_tightest_of_all_reasons_counts() -> None:
    """An executed second level keeps the first one's price, which is above break-even."""
    rungs = tuple(rung_filled(rung, rung.quantity) for rung in RUNGS)
    [move] = MANAGER.decide(view("51250", rungs=rungs))
    assert move == MoveStop(d("50600"), "ladder level 2 was executed", is_update=True)


def test_two_levels_in_one_wick_leave_no_first_stop() -> None:
    """The price fell back below the first level: break-even is what can rest."""
    rungs = tuple(rung_filled(rung, rung.quantity) for rung in RUNGS)
    [move] = MANAGER.decide(view("50300", rungs=rungs))
    assert move == MoveStop(d("50075"), "ladder level 1 was executed", is_update=True)


def test_age_tightens_the_first_stop() -> None:
    """Half the distance after its time, as long as the price leaves room for it."""
    aged = EnhancedSLTPManager(
        ExitPolicy(
            stop_loss_percent=d("0.6"),
            time_adjustment=TimeAdjustment(tighten_after_s=60, tighten_ratio=d("0.5")),
        )
    )
    later_us = NOW_US + 60_000_000
    assert aged.decide(view(market_us=later_us - 1)) == []
    [move] = aged.decide(view(market_us=later_us))
    assert move == MoveStop(d("49850"), "time or calm tightened the stop", is_update=False)
    assert aged.decide(view("49840", market_us=later_us)) == []


def test_a_wild_market_closes_the_whole_leg() -> None:
    """And asks for nothing else; while trading is halted it only moves the stop."""
    wild = EnhancedSLTPManager(
        replace(
            DEFAULT_POLICY,
            volatility_adjustment=VolatilityAdjustment(
                calm_below_atr_percent=d("0.1"),
                tighten_ratio=d(1),
                close_above_atr_percent=d(1),
            ),
        )
    )
    assert wild.decide(view("50500", atr=d(600))) == [CloseWhole("volatility is above its limit")]
    halted = view("50500", atr=d(600), may_close=False, may_take=False)
    assert wild.decide(halted) == [MoveStop(d("50075"), "break-even", is_update=True)]


def test_a_flat_leg_wants_nothing() -> None:
    """Neither a stop nor a ladder."""
    flat = replace(LEG, quantity=d(0), entry_value=d(0))
    assert MANAGER.decide(view(leg=flat)) == []
    assert MANAGER.plan(flat, RULES) == ()


def test_the_promised_functions_answer_alone() -> None:
    """Each without the others, for whoever wants to know what it would do."""
    assert MANAGER.check_partial_tp(LEG, d(50000), RUNGS) == list(RUNGS)
    moved = MANAGER.update_profit_protection(LEG, d(50500), RULES)
    assert moved is not None
    assert moved.stop_loss == d("50075")
    trailed = MANAGER.calculate_trailing_stop(LEG, d(52000), RULES)
    assert trailed is not None
    assert trailed.stop_loss == d("51480")
    bare = EnhancedSLTPManager(ExitPolicy(stop_loss_percent=d(1)))
    assert bare.check_partial_tp(LEG, d(50000), RUNGS) == []
    assert bare.update_profit_protection(LEG, d(60000), RULES) is None
    assert bare.calculate_trailing_stop(LEG, d(60000), RULES) is None
    assert bare.plan(LEG, RULES) == ()


NATIVE = replace(
    DEFAULT_POLICY,
    partial_take_profit=None,
    trailing_stop=TrailingStop(
        kind=TrailingType.FIXED,
        activation_percent=d(3),
        distance_usdt=d(400),
        max_distance_percent=d(2),
        native=True,
    ),
)


def test_what_the_exchange_trails_the_bot_does_not() -> None:
    """Break-even still moves the stop loss beside it; the bot's own distance is proposed never."""
    native = EnhancedSLTPManager(NATIVE)
    [moved] = native.decide(view("52000", rungs=()))
    assert moved == MoveStop(d("50075"), "break-even", True)
    assert native.decide(view("52000", rungs=(), stop=d("50075"))) == []
    assert native.calculate_trailing_stop(LEG, d(52000), RULES) is None
    asked = native.native_trailing(LEG, d(50100), RULES)
    assert asked is not None
    assert (asked.distance, asked.active_px) == (d(400), d(51500))


def test_a_trailing_stop_that_rests_is_left_to_the_exchange() -> None:
    """Also where the bot's own is declared: a person's, or one of an earlier configuration."""
    at = view("52000", rungs=(), stop=d("50075"))
    [moved] = MANAGER.decide(at)
    assert isinstance(moved, MoveStop)
    assert moved.cause == "trailing by percentage"
    assert MANAGER.decide(replace(at, is_trailed=True)) == []
    assert MANAGER.native_trailing(LEG, d(52000), RULES) is None
    bare = EnhancedSLTPManager(replace(DEFAULT_POLICY, trailing_stop=None))
    assert bare.native_trailing(LEG, d(52000), RULES) is None
