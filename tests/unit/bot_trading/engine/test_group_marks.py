"""Orders and fills name the group of their leg."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.group import GroupPhase
from bot_trading.domain.messages import CloseLeg, Record
from bot_trading.domain.order import Order, OrderOrigin
from bot_trading.engine.group_marks import marked, marked_order
from tests.builders.core import LONG, SHORT, a_fill, an_order
from tests.builders.paper_pair import PaperPair


def _entered(phase: GroupPhase = GroupPhase.HEDGED) -> PaperPair:
    paper = PaperPair.ready()
    paper.enter()
    group = paper.group
    assert group is not None
    paper.state.groups["BTCUSDT"] = replace(group, phase=phase)
    return paper


@pytest.mark.parametrize(
    ("phase", "origin", "is_marked"),
    [
        (GroupPhase.HEDGED, OrderOrigin.EXCHANGE, True),
        (GroupPhase.HEDGED, OrderOrigin.FOREIGN, True),
        (GroupPhase.OVER, OrderOrigin.EXCHANGE, True),
        (GroupPhase.OVER, OrderOrigin.FOREIGN, False),
    ],
)
def test_an_order_on_a_leg_belongs_to_its_group(
    phase: GroupPhase, origin: OrderOrigin, is_marked: bool
) -> None:
    """A stop that the exchange made is the group's also when it ends after it."""
    paper = _entered(phase)
    marked = marked_order(paper.state, an_order(origin=origin))
    assert (marked.group_id is not None) == is_marked


def test_an_order_elsewhere_belongs_to_none() -> None:
    """The short leg of the exchange that the group bought on is not its leg."""
    paper = _entered()
    order = an_order(leg_id=SHORT)
    assert marked_order(paper.state, order) is order
    assert marked(paper.state, order, a_fill(leg_id=SHORT))[1].group_id is None


def test_only_an_entry_of_ours_opens_a_group_again() -> None:
    """An exit that is told late changes nothing of a group that is over."""
    paper = _entered(GroupPhase.OVER)
    group_id = paper.state.groups["BTCUSDT"].group_id
    stop = an_order(origin=OrderOrigin.EXCHANGE, group_id=group_id)
    assert marked(paper.state, stop, a_fill(leg_id=LONG))[1].group_id == group_id
    assert paper.state.groups["BTCUSDT"].phase is GroupPhase.OVER
    entry = an_order(group_id=group_id)
    assert marked(paper.state, entry, a_fill(leg_id=LONG))[1].group_id == group_id
    assert paper.state.groups["BTCUSDT"].phase is GroupPhase.LEAVING


def test_a_close_that_is_not_the_groups_own_names_it_too() -> None:
    """A person's close, or one for a stop that cannot rest, is an order of the group's leg."""
    paper = PaperPair.ready()
    for intent in paper.enter():
        paper.fill(intent.client_order_id)
        paper.end(intent.client_order_id)
    assert paper.group is not None
    paper.tell(
        CloseLeg(leg_id=LONG, close_ratio=Decimal(1), request_id="r", ts_init_us=paper.now_us)
    )
    close = next(intent for intent in paper.sent() if intent.leg_id == LONG)
    (row,) = (
        each.row
        for each in paper.out
        if isinstance(each, Record)
        and isinstance(each.row, Order)
        and each.row.client_order_id == close.client_order_id
    )
    assert row.group_id == paper.group.group_id
