"""What prices, fills and answers mean for ladder and stop of an open leg."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep, RungStatus, StepStatus
from bot_trading.domain.messages import (
    CancelOrder,
    HaltTrading,
    ResumeTrading,
    SetLegProtection,
    SignalReceived,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderPurpose, OrderStatus, OrderType, TimeInForce
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import CandleClosed, CandleHistory, LegReport
from bot_trading.engine.on_rungs import rung_id
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    LadderExecution,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    SHORT,
    a_candle,
    a_core_config,
    a_fill_report,
    a_ready_state,
    a_signal,
    commands_of,
    d,
    rows_of,
)
from tests.builders.core_bench import CoreBench, run_now

WILD = replace(
    DEFAULT_POLICY,
    volatility_adjustment=VolatilityAdjustment(
        calm_below_atr_percent=d("0.1"), tighten_ratio=d(1), close_above_atr_percent=d(1)
    ),
    atr_candles=2,
)
MINUTE_US = 60_000_000
ASSERTED = DEFAULT_POLICY.partial_take_profit
assert ASSERTED is not None
FIRST = ASSERTED.levels[:1]
TOUCHED = replace(
    DEFAULT_POLICY,
    partial_take_profit=replace(ASSERTED, execution=LadderExecution.ON_TOUCH),
)


def entered(policy: ExitPolicy = DEFAULT_POLICY, direction: str = "LONG") -> CoreBench:
    """A core that holds 0.020 BTC at 50000 on one leg, everything answered."""
    core = CoreBench(policy)
    core.settle()
    core.signal(f"{direction}-1")
    core.settle()
    return core


def moved(core: CoreBench, *prices: str) -> None:
    """The market goes through these prices, and all is answered at each."""
    for price in prices:
        core.exchange.move(d(price))
        core.feed(core.exchange.quote())
        core.settle()


def steps_of(core: CoreBench) -> list[ProtectionStep]:
    """The stop's path as it was stored."""
    return [step for _, step in core.memory.accounts["test"].steps.values()]


def rungs_of(core: CoreBench) -> list[LadderRung]:
    """The levels as they were stored."""
    return list(core.memory.accounts["test"].rungs.values())


def test_a_ladder_is_laid_with_the_entry() -> None:
    """Reduce-only limit orders at their levels, through risk, and no target for the whole leg."""
    core = entered()
    resting = core.exchange.resting(LONG)
    assert [(order.left, order.price) for order in resting] == [
        (d("0.004"), d("50600.0")),
        (d("0.006"), d("51200.0")),
    ]
    assert all(order.reduce_only for order in resting)
    assert core.exchange.legs[LONG].target is None
    assert core.exchange.legs[LONG].stop == d("49700.0")
    for order in core.state.live_orders(LONG):
        assert (order.purpose, order.order_type) == (OrderPurpose.TARGET, OrderType.LIMIT)
        assert order.time_in_force is TimeInForce.GTC


def test_every_step_is_a_row_with_its_cause() -> None:
    """Levels with order, price seen and status; stops with life, cause and fate."""
    core = entered()
    moved(core, "50450", "50610", "51300")
    first, second = rungs_of(core)
    assert (first.status, second.status) == (RungStatus.FILLED, RungStatus.FILLED)
    assert first.client_order_id == rung_id("test", first, 1)
    assert first.cause == "level 1 of 1.2 % rests"
    told = [(step.status, step.protection.stop_loss, step.cause) for step in steps_of(core)]
    assert told == [
        (StepStatus.ATTACHED, d("49700.0"), "entry"),
        (StepStatus.ASKED, d("50075.0"), "break-even"),
        (StepStatus.SET, d("50075.0"), "break-even"),
        (StepStatus.ASKED, d("50600.0"), "ladder level 2 was executed"),
        (StepStatus.SET, d("50600.0"), "ladder level 2 was executed"),
    ]
    assert steps_of(core)[-1].updates == 2


def test_a_gap_across_two_levels_executes_both_once() -> None:
    """Sent on touch as market orders; a level that is done is never sent again."""
    core = entered(TOUCHED)
    assert core.exchange.resting(LONG) == []
    moved(core, "51500")
    assert core.state.leg(LONG).quantity == d("0.010")
    moved(core, "51000", "51500")
    assert core.state.leg(LONG).quantity == d("0.010")
    assert [rung.attempts for rung in rungs_of(core)] == [1, 1]


def test_nothing_rests_for_a_leg_that_is_flat() -> None:
    """The stop took it; its ladder is taken back and its levels are written down as not reached."""
    core = entered()
    moved(core, "49600")
    assert core.state.leg(LONG).is_flat
    assert core.exchange.resting(LONG) == []
    assert core.state.live_orders(LONG) == []
    assert {rung.status for rung in rungs_of(core)} == {RungStatus.CANCELED}
    assert core.state.exits == {}


def test_nothing_is_paced_for_a_life_that_is_over() -> None:
    """Neither its levels nor the orders that were taken back."""
    core = entered()
    pacing, levels = core.state.pacing, [("rung", LONG, level) for level in (1, 2)]
    withdrawn = [("withdraw", order_id) for order_id in core.state.live_ids[LONG]]
    core.signal("LONG-2")
    core.settle()
    assert not any(map(pacing.was_asked, withdrawn))
    withdrawn += [("withdraw", order_id) for order_id in core.state.live_ids[LONG]]
    assert all(map(pacing.was_asked, levels))
    moved(core, "49600")
    assert core.state.leg(LONG).is_flat
    assert not any(map(pacing.was_asked, [*levels, *withdrawn]))


def test_a_whole_exit_takes_the_ladder_back_first() -> None:
    """What rests would hold a part of the leg back."""
    core = entered()
    core.state.pacing.forget(("exit", LONG))
    commands = core.feed(
        LegReport(
            leg_id=LONG,
            quantity=d("0.020"),
            avg_px=d(50000),
            stop_loss=None,
            take_profit=None,
            liquidation_px=None,
            ts_event_us=core.exchange.now_us + 1,
            ts_init_us=core.exchange.now_us + 1,
        )
    )
    assert commands_of(commands, SetLegProtection)
    core.settle()
    core.exchange.stranger_closes(LONG)
    core.settle()
    assert core.exchange.resting(LONG) == []


def test_scaling_in_lays_the_ladder_anew() -> None:
    """What rests is amended to what the larger leg wants, under the ids it has."""
    core = entered()
    core.signal("LONG-2")
    core.settle()
    assert [order.left for order in core.exchange.resting(LONG)] == [d("0.008"), d("0.012")]
    assert [rung.attempts for rung in rungs_of(core)] == [1, 1]


def test_the_stop_of_a_further_entry_is_a_step_of_its_own() -> None:
    """It rests with the entry's fill, so nothing has to be asked for."""
    core = entered()
    moved(core, "50300")
    core.signal("LONG-2")
    core.settle()
    last = steps_of(core)[-1]
    assert (last.status, last.cause) == (StepStatus.ATTACHED, "further entry")
    assert last.protection.stop_loss == core.exchange.legs[LONG].stop == d("49998.2")


def test_a_halted_core_moves_stops_and_takes_no_profit() -> None:
    """Protection goes on; what rests already stays."""
    core = entered(TOUCHED)
    now_us = core.exchange.now_us
    core.feed(HaltTrading(who="p", why="w", state=TradingState.HALTED, ts_init_us=now_us))
    moved(core, "50700")
    assert core.state.leg(LONG).quantity == d("0.020")
    assert core.exchange.legs[LONG].stop == d("50075.0")


def test_a_level_reached_while_halted_is_taken_once_trading_resumes() -> None:
    """By the next tick, though no price came since."""
    core = entered(TOUCHED)
    now_us = core.exchange.now_us
    core.feed(HaltTrading(who="p", why="w", state=TradingState.HALTED, ts_init_us=now_us))
    moved(core, "50700")
    now_us = core.exchange.now_us
    core.feed(ResumeTrading(who="p", why="w", state=TradingState.ACTIVE, ts_init_us=now_us))
    [sent] = commands_of(core.feed(_tick(now_us, 1)), SubmitOrder)
    assert sent.approved.intent.quantity == d("0.004")


def test_a_wild_market_closes_no_leg_while_trading_is_halted() -> None:
    """The stop goes on; the leg is closed once a person resumed."""
    core = entered(WILD)
    now_us = core.exchange.now_us
    core.feed(HaltTrading(who="p", why="w", state=TradingState.HALTED, ts_init_us=now_us))
    candles = tuple(a_candle(now_us + n * MINUTE_US, high=d(51000), low=d(49800)) for n in range(2))
    core.feed(CandleHistory(instrument_id=BTC, candles=candles, ts_init_us=now_us))
    moved(core, "50500")
    assert core.state.leg(LONG).quantity == d("0.020")
    assert core.exchange.legs[LONG].stop == d("50075.0")
    now_us = core.exchange.now_us
    core.feed(ResumeTrading(who="p", why="w", state=TradingState.ACTIVE, ts_init_us=now_us))
    core.settle()
    assert core.state.leg(LONG).is_flat


def test_the_legs_of_a_symbol_have_ladders_of_their_own() -> None:
    """Both at once, each on its own side."""
    core = entered()
    core.signal("SHORT-2")
    core.settle()
    assert [order.price for order in core.exchange.resting(SHORT)] == [d("49400.0"), d("48800.0")]
    moved(core, "50650")
    assert core.state.leg(LONG).quantity == d("0.016")
    assert core.state.leg(SHORT).is_flat
    assert len(core.exchange.resting(LONG)) == 1


@pytest.mark.parametrize("policy", [DEFAULT_POLICY, TOUCHED])
def test_a_restart_remembers_levels_and_stop(policy: ExitPolicy) -> None:
    """No level begins again and the stop does not go back, whatever the price does meanwhile."""
    core = entered(policy)
    moved(core, "50650")
    run_now(core.store.close())
    core.answers.clear()
    core.exchange.stream.clear()
    core.start()
    assert core.state.wanted[LONG].stop_loss == d("50075.0")
    moved(core, "50500", "50650")
    assert core.state.leg(LONG).quantity == d("0.016")
    assert [rung.filled_qty for rung in rungs_of(core)] == [d("0.004"), d(0)]
    moved(core, "51300")
    assert core.state.leg(LONG).quantity == d("0.010")


def test_a_rung_of_an_earlier_life_keeps_the_next_one_out() -> None:
    """No entry while an order that closes may still rest: it would close the new leg."""
    core = entered()
    state = core.state
    state.legs[LONG] = PositionLeg(leg_id=LONG, episode=1)
    state.exits.pop(LONG)
    step(state, SignalReceived(signal=a_signal("s-2"), ts_init_us=core.exchange.now_us))
    assert state.counters["denied:stale_exit"] == 1


def test_an_order_of_no_level_is_taken_back() -> None:
    """Derived like ours, of a life that is over: it must not rest."""
    core = entered()
    known = core.state.live_orders(LONG)[0]
    rung = core.state.exits[LONG].rungs[0]
    stranger = replace(known, client_order_id=rung_id("test", replace(rung, episode=9), 1))
    core.state.put_order(stranger)
    report = core.exchange.report(core.exchange.resting(LONG)[0])
    theirs = replace(report, client_order_id=stranger.client_order_id, exchange_order_id="x-9")
    commands = step(core.state, theirs)
    withdrawn = [each.client_order_id for each in commands_of(commands, CancelOrder)]
    assert withdrawn == [stranger.client_order_id]


@pytest.mark.parametrize(
    ("policy", "rest"),
    [
        (replace(DEFAULT_POLICY, partial_take_profit=replace(ASSERTED, levels=FIRST)), ["50600.0"]),
        (replace(DEFAULT_POLICY, partial_take_profit=None), []),
        (None, []),
    ],
)
def test_levels_that_are_no_longer_declared_are_taken_back(
    policy: ExitPolicy | None, rest: list[str]
) -> None:
    """A start with a shorter ladder, with none, or without exits leaves no order of theirs."""
    core = entered()
    run_now(core.store.close())
    core.config = a_core_config(exits=policy)
    core.start()
    core.feed(TimePassed(ts_init_us=core.exchange.now_us))
    assert len(core.exchange.resting(LONG)) == 2
    core.settle()
    assert [order.price for order in core.exchange.resting(LONG)] == [d(each) for each in rest]
    moved(core, "51300")
    assert core.state.leg(LONG).quantity == d("0.020") - len(rest) * d("0.004")


@pytest.mark.parametrize("policy", [DEFAULT_POLICY, None])
def test_a_lost_cancel_at_the_end_of_a_life_is_repeated(policy: ExitPolicy | None) -> None:
    """Paced, until the exchange tells that the order is gone."""
    core = entered()
    core.state.managers = core.state.managers if policy else {}
    lost = core.state.live_orders(LONG)[0]
    state, now_us = core.state, core.exchange.now_us
    state.legs[LONG] = PositionLeg(leg_id=LONG, episode=1)
    state.exits.pop(LONG)
    repeated = [
        order.client_order_id
        for tick in range(12)
        for order in commands_of(step(state, _tick(now_us, tick)), CancelOrder)
    ]
    assert repeated.count(lost.client_order_id) == 4
    report = replace(
        core.exchange.report(core.exchange.orders[str(lost.exchange_order_id)]),
        status=OrderStatus.CANCELED,
    )
    step(state, report)
    later = commands_of(step(state, _tick(now_us, 90)), CancelOrder)
    assert lost.client_order_id not in [order.client_order_id for order in later]


def _tick(now_us: int, seconds: int) -> TimePassed:
    return TimePassed(ts_init_us=now_us + seconds * 1_000_000)


def _trailing_by_atr() -> ExitPolicy:
    return ExitPolicy(
        stop_loss_percent=d(1),
        trailing_stop=TrailingStop(
            kind=TrailingType.ATR,
            activation_percent=d("0.5"),
            max_distance_percent=d(5),
            atr_multiple=d(3),
        ),
        atr_candles=2,
    )


def test_volatility_is_measured_by_candles_where_it_is_asked_for() -> None:
    """From the history on, candle by candle; nowhere else."""
    state = a_ready_state(a_core_config(exits=_trailing_by_atr()))
    history = tuple(a_candle(NOW_US + n * MINUTE_US) for n in range(2))
    step(state, CandleHistory(instrument_id=BTC, candles=history, ts_init_us=NOW_US))
    assert state.atr_windows[BTC].atr == d(20)
    wider = a_candle(NOW_US + 2 * MINUTE_US, high=d(50030), low=d(49970))
    step(state, CandleClosed(candle=wider, ts_init_us=NOW_US))
    assert state.atr_windows[BTC].atr == d(40)
    plain = a_ready_state(a_core_config(exits=DEFAULT_POLICY))
    step(plain, CandleHistory(instrument_id=BTC, candles=history, ts_init_us=NOW_US))
    assert plain.atr_windows == {}


def _first_fill(state: EngineState, **changes: Any) -> list[Any]:
    fill = a_fill_report(client_order_id="stranger", last_qty=d("0.020"), **changes)
    return step(state, fill)


def test_a_leg_that_nobody_remembers_gets_its_ladder_and_its_stop() -> None:
    """Opened by a person: the policy looks after it from its first fill on."""
    state = a_ready_state(a_core_config(exits=DEFAULT_POLICY))
    commands = _first_fill(state)
    assert len(rows_of(commands, LadderRung)) == 4
    assert len(commands_of(commands, SubmitOrder)) == 2


def test_a_moved_stop_is_calm_from_the_next_look_on() -> None:
    """The turn that moves a stop spares the search for calm; the next that moves none makes it."""
    core = entered()
    for price, is_calm in (("50450", False), ("50451", True)):
        core.exchange.move(d(price))
        step(core.state, core.exchange.quote())
        stop = core.state.wanted[LONG].stop_loss
        assert (stop, core.state.calm[LONG].stop is stop) == (d("50075.0"), is_calm)
