"""What the state keeps, and how it stays bounded."""

from __future__ import annotations

from bot_trading.domain.order import OrderPurpose, OrderSide, OrderStatus
from bot_trading.engine.state import EngineState, Pacing, RecentIds
from tests.builders.core import LONG, SHORT, a_core_config, an_order, d


def _state() -> EngineState:
    return EngineState(config=a_core_config())


def test_an_id_is_new_once() -> None:
    """The oldest is forgotten when there are too many."""
    ids = RecentIds(["a"], capacity=2)
    assert not ids.add("a")
    assert ids.add("b")
    assert ids.add("c")
    assert "a" not in ids
    assert "b" in ids


def test_the_same_is_asked_for_after_twice_the_wait_each_time() -> None:
    """Up to a bound."""
    pacing, asked = Pacing(), []
    for now in range(1, 200):
        if pacing.is_due("x", now):
            pacing.ask("x", now, 1, 30)
            asked.append(now)
    assert asked == [1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182]


def test_what_succeeded_or_rested_is_asked_for_as_at_first() -> None:
    """Each thing on its own."""
    pacing = Pacing()
    for now in (1_000, 1_001, 1_003):
        pacing.ask("x", now, 1, 30)
    assert not pacing.is_due("x", 1_006)
    assert pacing.is_due("y", 1_006)
    pacing.forget("x")
    assert pacing.is_due("x", 1_006)
    assert not pacing.was_asked("x")
    for now in (1_006, 1_007, 1_009):
        pacing.ask("x", now, 1, 30)
    pacing.ask("x", 2_000, 1, 30)
    assert pacing.is_due("x", 2_001)


def test_a_terminal_order_moves_to_the_finished() -> None:
    """It is still found by its id, and no longer among the live ones of its leg."""
    state = _state()
    state.put_order(an_order())
    assert [order.client_order_id for order in state.live_orders(LONG)] == ["ent-1"]
    state.put_order(an_order(status=OrderStatus.CANCELED))
    assert state.live_orders(LONG) == []
    found = state.order("ent-1")
    assert found is not None
    assert found.status is OrderStatus.CANCELED


def test_finished_orders_are_bounded() -> None:
    """The oldest leaves with what was booked for it."""
    state = _state()
    state.booked_qty["o-0"] = d(1)
    for n in range(state._FINISHED_MAX + 1):
        state.put_order(an_order(client_order_id=f"o-{n}", status=OrderStatus.CANCELED))
    assert len(state.finished) == state._FINISHED_MAX
    assert state.order("o-0") is None
    assert "o-0" not in state.booked_qty


def test_headroom_is_released_as_an_order_can_spend_less() -> None:
    """What has filled stays held until it is in the leg."""
    state = _state()
    state.reservations.hold("ent-1", LONG, d("0.010"), d(50000))
    state.put_order(an_order(filled_qty=d("0.004"), status=OrderStatus.CANCELED))
    assert state.reservations.total == 200
    state.booked_qty["ent-1"] = d("0.004")
    state.put_order(an_order(filled_qty=d("0.004"), status=OrderStatus.CANCELED))
    assert state.reservations.total == 0


def test_what_exits_still_close_counts_once() -> None:
    """The open rest of live exits, and fills that were told and not booked."""
    state = _state()
    exit_ = an_order(
        client_order_id="exi-1",
        side=OrderSide.SELL,
        reduce_only=True,
        purpose=OrderPurpose.EXIT,
        quantity=d("0.010"),
        filled_qty=d("0.004"),
        status=OrderStatus.PARTIALLY_FILLED,
    )
    state.put_order(exit_)
    state.unsettled["exi-1"] = 0
    assert state.closing_qty(LONG) == d("0.010")
    state.booked_qty["exi-1"] = d("0.004")
    assert state.closing_qty(LONG) == d("0.006")
    assert state.closing_qty(SHORT) == 0
