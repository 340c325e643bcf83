"""How long an order of an unknown outcome stays in doubt where the exchange does not know it."""

from __future__ import annotations

import pytest

from bot_trading.domain.messages import QueryOrder, TimePassed
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.reports import OrderNotFound, OrderOutcomeUnknown
from tests.builders.core import NOW_US, a_ready_state, an_order, commands_of, steps

TICK_US = 100_000


@pytest.mark.parametrize("lost_after_us", [50_000, 1_500_000, 3_000_000])
def test_an_order_is_asked_for_as_soon_as_it_can_arrive_no_more(lost_after_us: int) -> None:
    """The growing pauses between questions do not outlast the time after which an empty answer is
    the proof, and nothing is settled before it."""
    state = a_ready_state()
    order = an_order(ts_created_us=NOW_US)
    state.put_order(order)
    named = order.client_order_id
    now_us = NOW_US + lost_after_us
    lost = OrderOutcomeUnknown(client_order_id=named, reason="closed", ts_init_us=now_us)
    commands, asked = steps(state, lost), 0
    while named in state.orders:
        for _ in commands_of(commands, QueryOrder):
            asked += 1
            steps(state, OrderNotFound(client_order_id=named, ts_init_us=now_us))
        now_us += TICK_US
        commands = steps(state, TimePassed(ts_init_us=now_us))
    settled = state.order(named)
    assert settled is not None
    assert settled.status is OrderStatus.REJECTED
    assert asked >= state.config.not_found_answers_min
    took_us = now_us - NOW_US
    assert state.config.reach_us <= took_us <= state.config.reach_us + 2 * TICK_US
