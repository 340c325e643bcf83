"""The orders of a ladder's rungs: recognised by their ids, and compared once for each change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.exits import LadderRung, LegExits, RungStatus
from bot_trading.domain.messages import Command
from bot_trading.domain.order import OrderPurpose, OrderStatus
from bot_trading.engine.on_rungs import (
    adopted,
    end_rungs,
    ids_of,
    is_at_rest,
    laid_to_rest,
    orders_of,
    rung_at,
    rung_id,
)
from bot_trading.execution.ids import former_client_order_ids
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy, LadderExecution
from tests.builders.core import BTC, LONG, a_core_config, an_instrument, d, rows_of
from tests.builders.core_bench import CoreBench, run_now

LADDER = DEFAULT_POLICY.partial_take_profit
assert LADDER is not None
ON_TOUCH = replace(
    DEFAULT_POLICY, partial_take_profit=replace(LADDER, execution=LadderExecution.ON_TOUCH)
)

SHORTER = replace(DEFAULT_POLICY, partial_take_profit=replace(LADDER, levels=LADDER.levels[:1]))
NO_LADDER = replace(DEFAULT_POLICY, partial_take_profit=None)


def restarted(core: CoreBench, policy: ExitPolicy) -> None:
    """The same leg under another policy, everything answered."""
    run_now(core.store.close())
    core.answers.clear()
    core.config = a_core_config(exits=policy)
    core.start()
    core.settle()


def entered(*, on_touch: bool = False) -> CoreBench:
    """A core that holds 0.020 BTC at 50000 on the long leg, everything answered."""
    core = CoreBench(ON_TOUCH if on_touch else DEFAULT_POLICY)
    core.settle()
    core.signal("LONG-1")
    core.settle()
    return core


def at_rest(core: CoreBench) -> bool:
    """Whether the long leg's ladder need not be looked at."""
    return is_at_rest(core.state, core.state.exits[LONG], core.state.instruments[BTC])


def test_an_id_names_account_leg_life_level_and_attempt() -> None:
    """Any other of these is another order."""
    rung = entered().state.exits[LONG].rungs[0]
    ids = {
        rung_id("test", rung, 1),
        rung_id("other", rung, 1),
        rung_id("test", rung, 2),
        rung_id("test", replace(rung, level=2), 1),
        rung_id("test", replace(rung, episode=9), 1),
    }
    assert len(ids) == 5
    assert rung_id("test", rung, 1) == rung.client_order_id


def test_an_order_that_was_sent_and_forgotten_is_adopted() -> None:
    """Up to four attempts beyond the last one that is remembered; an older one is only noted."""
    core = entered()
    state, exits = core.state, core.state.exits[LONG]
    rung = exits.rungs[1]
    order = state.order(rung.client_order_id or "")
    assert order is not None
    hidden = replace(order, client_order_id=rung_id("test", rung, 4))
    assert rung_at(state, exits, hidden.client_order_id) == 1
    found = adopted(state, exits, rung, hidden)
    assert (found.attempts, found.client_order_id) == (4, hidden.client_order_id)
    assert (found.status, found.cause) == (RungStatus.SENT, "found on the exchange")
    assert adopted(state, exits, found, order) is found
    assert rung_at(state, exits, rung_id("test", rung, 6)) is None


def test_an_attempt_of_an_earlier_release_is_known() -> None:
    """A fill of it that comes late is its level's, so that no level is executed twice."""
    core = entered()
    state, exits = core.state, core.state.exits[LONG]
    rung = exits.rungs[1]
    parts = (str(rung.leg_id), str(rung.episode), str(rung.level), "1")
    for former in former_client_order_ids("test", OrderPurpose.TARGET, *parts):
        assert rung_at(state, exits, former) == 1
        assert rung_at(state, exits, former[:-1] + "x") is None


def test_the_ids_of_a_ladder_are_those_of_its_last_orders() -> None:
    """None without exits."""
    core = entered()
    assert ids_of(core.state, core.state.exits[LONG]) == core.state.live_ids[LONG]
    assert ids_of(core.state, None) == frozenset()


def test_a_ladder_in_order_is_compared_once() -> None:
    """A price changes nothing of it; the same orders and rungs stay as they were found."""
    core = entered()
    core.feed(core.exchange.quote())
    assert at_rest(core)
    before = core.state.exits[LONG]
    for price in ("50010", "49990"):
        core.exchange.move(d(price))
        core.feed(core.exchange.quote())
    assert core.state.exits[LONG] is before


def test_a_level_on_touch_is_compared_once_its_price_is_reached() -> None:
    """In order until then; a price beyond two levels sends both."""
    core = entered(on_touch=True)
    for price in ("50010", "50590"):
        core.exchange.move(d(price))
        core.feed(core.exchange.quote())
        assert at_rest(core)
        assert core.state.live_orders(LONG) == []
    core.exchange.move(d("51300"))
    core.feed(core.exchange.quote())
    assert [rung.attempts for rung in core.state.exits[LONG].rungs] == [1, 1]


def test_whatever_changes_ends_the_rest() -> None:
    """Another leg, another ladder, another instrument, or another state of an order."""
    core = entered()
    core.feed(core.exchange.quote())
    state, exits = core.state, core.state.exits[LONG]
    instrument = state.instruments[BTC]
    assert is_at_rest(state, exits, instrument)
    assert not is_at_rest(state, exits, an_instrument(max_qty=d("0.001")))
    assert not is_at_rest(state, replace(exits, planned=replace(state.leg(LONG))), instrument)
    assert not is_at_rest(state, replace(exits, rungs=exits.rungs[:1]), instrument)
    order = state.live_orders(LONG)[0]
    state.put_order(replace(order, status=OrderStatus.CANCELED))
    assert not is_at_rest(state, exits, instrument)


def test_an_order_that_vanished_is_sent_again() -> None:
    """Though the ladder was in order a moment ago."""
    core = entered()
    core.feed(core.exchange.quote())
    assert at_rest(core)
    gone = core.exchange.resting(LONG)[0]
    core.exchange.orders.pop(gone.exchange_order_id)
    core.feed(replace(core.exchange.report(gone), status=OrderStatus.CANCELED))
    core.settle()
    assert [rung.attempts for rung in core.state.exits[LONG].rungs] == [2, 1]


@pytest.mark.parametrize("filled", ["0", "0.001"])
def test_an_order_with_a_fill_under_way_is_busy_and_not_compared(filled: str) -> None:
    """Until order and rung have both heard of the fill."""
    core = entered()
    state, exits = core.state, core.state.exits[LONG]
    order = state.order(exits.rungs[0].client_order_id or "")
    assert order is not None
    state.put_order(replace(order, filled_qty=d(filled)))
    working, busy = orders_of(state, exits)
    assert busy == [1, 2]
    assert set(working) == ({1, 2} if filled == "0" else {2})


def test_what_was_found_in_order_is_no_part_of_the_exits_value() -> None:
    """Two cores that decided alike are equal, whether they looked or not."""
    core = entered()
    exits = LegExits(leg_id=LONG, episode=1)
    assert laid_to_rest(exits, core.state.instruments[BTC], {}) == exits


@pytest.mark.parametrize("policy", [SHORTER, NO_LADDER])
def test_a_level_that_is_no_longer_declared_gets_an_end(policy: ExitPolicy) -> None:
    """Its row says so, once; a level that was filled keeps its own end."""
    core = entered()
    core.exchange.move(d("50650"))
    core.feed(core.exchange.quote())
    core.settle()
    restarted(core, policy)
    first, second = core.memory.accounts["test"].rungs.values()
    assert first.status is RungStatus.FILLED
    assert (second.status, second.cause) == (
        RungStatus.CANCELED,
        "the level is no longer declared",
    )
    assert core.exchange.resting(LONG) == []
    restarted(core, policy)
    assert list(core.memory.accounts["test"].rungs.values()) == [first, second]


def test_a_level_that_is_declared_again_is_laid_again() -> None:
    """The same life of the leg goes on with its next attempt."""
    core = entered()
    restarted(core, SHORTER)
    assert len(core.exchange.resting(LONG)) == 1
    restarted(core, DEFAULT_POLICY)
    first, second = core.memory.accounts["test"].rungs.values()
    assert (first.status, second.status) == (RungStatus.SENT, RungStatus.SENT)
    assert len(core.exchange.resting(LONG)) == 2
    assert second.attempts == 2


def test_what_has_ended_is_not_ended_again() -> None:
    """Neither a filled level, nor a canceled one, nor one that closes nothing."""
    core = entered()
    rung = core.state.exits[LONG].rungs[0]
    ended = [
        replace(rung, status=RungStatus.FILLED),
        replace(rung, status=RungStatus.CANCELED),
        replace(rung, status=RungStatus.MERGED, quantity=d(0)),
    ]
    out: list[Command] = []
    end_rungs(core.state, ended, "why", out)
    assert out == []
    end_rungs(core.state, [rung], "why", out)
    [row] = rows_of(out, LadderRung)
    assert (row.status, row.cause) == (RungStatus.CANCELED, "why")
