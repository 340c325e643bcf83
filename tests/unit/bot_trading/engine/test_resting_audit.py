"""What we believe to rest, orders and ladders, against what the exchange says that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.reports import OrderReport
from bot_trading.engine.resting_audit import ladder_differences, live_differences
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy, LadderExecution
from tests.builders.core import LONG, d
from tests.builders.core_bench import CoreBench

LADDER = DEFAULT_POLICY.partial_take_profit
assert LADDER is not None
ON_TOUCH = replace(
    DEFAULT_POLICY, partial_take_profit=replace(LADDER, execution=LadderExecution.ON_TOUCH)
)


def entered(policy: ExitPolicy = DEFAULT_POLICY) -> CoreBench:
    """A core that holds the long leg, everything answered."""
    core = CoreBench(policy)
    core.settle()
    core.signal("LONG-1")
    core.settle()
    return core


def resting(core: CoreBench) -> list[OrderReport]:
    """What the exchange tells of the orders that rest."""
    return list(core.exchange.snapshot(0).open_orders)


def differences(core: CoreBench, orders: Sequence[OrderReport]) -> list[str]:
    """What is wrong with them on this exchange."""
    return ladder_differences(core.state, "bybit", orders)


def test_a_ladder_that_rests_as_planned_is_right() -> None:
    """Both levels, after the entry and after a further one that made them larger."""
    core = entered()
    assert len(core.state.exits[LONG].rungs) == 2
    assert differences(core, resting(core)) == []
    core.signal("LONG-2")
    core.settle()
    assert differences(core, resting(core)) == []


def test_a_level_that_rests_twice_too_small_or_not_at_all_is_told() -> None:
    """With the quantity that the plan wants and the one that is there."""
    core = entered()
    first, second = core.state.exits[LONG].rungs
    of_first = [one for one in resting(core) if one.client_order_id == first.client_order_id]
    of_second = [one for one in resting(core) if one.client_order_id == second.client_order_id]
    assert len(of_first) == len(of_second) == 1
    shrunk = replace(of_second[0], quantity=of_second[0].quantity - d("0.001"))
    found = differences(core, [*of_first, *of_first, shrunk])
    assert found == [
        f"{LONG}: level 1 should rest with {first.quantity:f}, the exchange holds"
        f" {2 * first.quantity:f}",
        f"{LONG}: level 2 should rest with {second.quantity:f}, the exchange holds"
        f" {second.quantity - d('0.001'):f}",
    ]
    missing = differences(core, of_first)
    assert [text.rpartition(" ")[2] for text in missing] == ["0"]


def test_what_was_filled_of_an_order_closes_nothing_more() -> None:
    """A level that is half filled rests with its other half."""
    core = entered()
    rung = core.state.exits[LONG].rungs[0]
    half = [
        replace(one, filled_qty=d("0.001")) if one.client_order_id == rung.client_order_id else one
        for one in resting(core)
    ]
    assert len(differences(core, half)) == 1
    rungs = tuple(
        replace(each, filled_qty=d("0.001")) if each is rung else each
        for each in core.state.exits[LONG].rungs
    )
    core.state.exits[LONG] = replace(core.state.exits[LONG], rungs=rungs)
    assert differences(core, half) == []


@pytest.mark.parametrize("case", ["on touch", "halted", "elsewhere", "flat"])
def test_of_what_need_not_rest_nothing_is_said(case: str) -> None:
    """Levels on touch, a halted account, another exchange, and a leg that is closed."""
    core = entered(ON_TOUCH if case == "on touch" else DEFAULT_POLICY)
    if case == "halted":
        core.state.trading_state = TradingState.HALTED
    if case == "flat":
        core.state.legs[LONG] = replace(core.state.leg(LONG), quantity=d(0))
    name = "okx" if case == "elsewhere" else "bybit"
    assert ladder_differences(core.state, name, []) == []


def test_an_order_of_the_other_leg_serves_no_level_of_this_one() -> None:
    """The same id under the other index is not what was asked for."""
    core = entered()
    orders = [replace(one, position_idx=PositionIdx.SHORT) for one in resting(core)]
    assert len(differences(core, orders)) == 2


def test_an_order_that_only_we_hold_to_be_live_is_told() -> None:
    """Each by its id; those of another exchange, and those that rest, are right."""
    core = entered()
    orders = resting(core)
    assert live_differences(core.state, "bybit", orders) == []
    assert live_differences(core.state, "okx", []) == []
    found = live_differences(core.state, "bybit", orders[1:])
    assert found == [
        f"{LONG}: order {orders[0].client_order_id} is ACCEPTED here, not at the exchange"
    ]


@pytest.mark.parametrize("status", [OrderStatus.SUBMITTED, OrderStatus.UNKNOWN])
def test_of_an_order_in_doubt_nothing_is_claimed(status: OrderStatus) -> None:
    """Neither that it lives nor that its level rests: the exchange is being asked."""
    core = entered()
    rung = core.state.exits[LONG].rungs[0]
    order = core.state.orders[rung.client_order_id or ""]
    core.state.put_order(replace(order, status=status))
    others = [one for one in resting(core) if one.client_order_id != rung.client_order_id]
    assert len(others) == 1
    assert live_differences(core.state, "bybit", others) == []
    assert differences(core, others) == []
    assert len(differences(core, [])) == 1
