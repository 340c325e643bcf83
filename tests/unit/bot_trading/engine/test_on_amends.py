"""A resting level changes in place: done, refused, raced by a fill, or with its answer lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.messages import (
    AmendAnswered,
    AmendOrder,
    CancelOrder,
    Command,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderPurpose
from bot_trading.engine.on_amends import is_amending, settle_amend
from bot_trading.sltp.policy import DEFAULT_POLICY
from tests.builders.core import LONG, commands_of, d
from tests.builders.core_bench import CoreBench, run_now
from tests.builders.model_amend import AMEND_FATES

SECOND_US = 1_000_000


class Watched(CoreBench):
    """A bench that remembers all commands, and how many levels rested after each event."""

    def __init__(self) -> None:
        self.seen: list[Command] = []
        self.rested: list[int] = []
        super().__init__(DEFAULT_POLICY)

    def feed(self, event: object) -> list[Command]:
        """One step as on every bench."""
        commands = super().feed(event)  # type: ignore[arg-type]
        self.seen += commands
        self.rested.append(len(self.exchange.resting(LONG)))
        return commands


def entered() -> Watched:
    """0.020 BTC at 50000 on the long leg, two levels of 0.004 and 0.006 at rest."""
    core = Watched()
    core.settle()
    core.signal("LONG-1")
    core.settle()
    core.seen.clear()
    core.rested.clear()
    return core


def left_of(core: CoreBench) -> list[object]:
    """What each resting level still closes."""
    return [order.left for order in core.exchange.resting(LONG)]


def cancels_of(core: Watched) -> list[CancelOrder]:
    """The cancels that were asked for since the entry."""
    return commands_of(core.seen, CancelOrder)


def test_a_larger_leg_amends_what_rests_and_never_lacks_it() -> None:
    """Both levels grow in place: nothing is canceled, nothing sent anew, no moment without them.

    Pain 7: there is a moment without the stop or the target: canceled before its successor rests,
    or left behind.
    """
    core = entered()
    core.signal("LONG-2")
    core.settle()
    assert left_of(core) == [d("0.008"), d("0.012")]
    assert len(commands_of(core.seen, AmendOrder)) == 2
    assert cancels_of(core) == []
    purposes = [each.approved.intent.purpose for each in commands_of(core.seen, SubmitOrder)]
    assert purposes == [OrderPurpose.ENTRY]
    assert set(core.rested) == {2}
    assert core.state.amends == {}
    assert core.state.unsettled == {}


def test_the_quantity_of_an_amend_is_that_of_the_whole_order() -> None:
    """What has filled is part of it, so that a fill on its way is counted by the exchange."""
    core = entered()
    core.exchange.parts = (d("0.5"),)
    core.exchange.move(d("50600"))
    core.deliver_all()
    core.exchange.move(d("50500"))
    core.seen.clear()
    core.exchange.parts = (d(1),)
    core.signal("LONG-2")
    core.deliver_all()
    for amend in commands_of(core.seen, AmendOrder):
        assert amend.quantity > amend.order.filled_qty
    core.settle()
    assert sum(order.left for order in core.exchange.resting(LONG)) <= core.state.leg(LONG).quantity


@pytest.mark.parametrize("fate", AMEND_FATES)
def test_every_fate_of_an_amend_ends_in_the_planned_ladder(fate: str) -> None:
    """Done, refused, lost on its way or back, or overtaken by a fill: what rests is what is wanted,
    and together no more than is held."""
    core = entered()
    core.amend_fate = fate
    core.signal("LONG-2")
    core.deliver_all()
    core.settle()
    core.settle()
    wanted = [rung.remaining_qty for rung in core.state.exits[LONG].rungs if rung.remaining_qty > 0]
    assert sorted(order.left for order in core.exchange.resting(LONG)) == sorted(wanted)
    assert sum(wanted) <= core.state.leg(LONG).quantity
    assert not any(is_amending(core.state, order) for order in core.state.orders.values())


def test_a_refused_amend_is_canceled_and_sent_anew_once() -> None:
    """The order that refused is not asked a second time."""
    core = entered()
    core.amend_fate = "refused"
    core.signal("LONG-2")
    core.deliver_all()
    core.settle()
    assert len(commands_of(core.seen, AmendOrder)) == 2
    assert len({each.client_order_id for each in cancels_of(core)}) == 1
    assert sorted(rung.attempts for rung in core.state.exits[LONG].rungs) == [1, 2]


def test_an_amend_without_an_answer_is_asked_about_until_it_cannot_arrive() -> None:
    """Until then nothing else is asked of the order; then it is amended again."""
    core = entered()
    core.amend_fate = "lost before"
    core.signal("LONG-2")
    core.deliver_all()
    core.seen.clear()
    [waiting] = core.state.amends
    core.exchange.now_us += SECOND_US
    core.feed(TimePassed(ts_init_us=core.exchange.now_us))
    core.deliver_all()
    assert waiting in core.state.amends
    assert waiting in core.state.unsettled
    assert commands_of(core.seen, AmendOrder) == []
    core.settle()
    assert [each.order.client_order_id for each in commands_of(core.seen, AmendOrder)] == [waiting]
    assert left_of(core) == [d("0.008"), d("0.012")]


def test_an_amend_that_died_with_its_process_is_found_by_the_next() -> None:
    """A start reads what rests and amends what does not fit."""
    core = entered()
    core.amend_fate = "lost before"
    core.signal("LONG-2")
    core.deliver_all()
    run_now(core.store.close())
    core.answers.clear()
    core.start()
    core.settle()
    assert left_of(core) == [d("0.008"), d("0.012")]
    assert cancels_of(core) == []


def test_an_answer_to_nothing_changes_nothing() -> None:
    """An amend of an order that ended, or a repeated refusal of one that was never asked."""
    core = entered()
    before = dict(core.state.orders)
    named = next(iter(before))
    for order_id in (named, "unheard-of"):
        refused = AmendAnswered(
            client_order_id=order_id, refusal="1: no", ts_init_us=core.exchange.now_us
        )
        assert core.feed(refused) == []
    assert core.state.orders == before
    settle_amend(core.state, replace(before[named], quantity=d("0.001")))
    assert core.state.amends == {}
