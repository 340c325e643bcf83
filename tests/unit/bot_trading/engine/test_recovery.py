"""A start begins with what the store knows."""

from __future__ import annotations

from typing import Any

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import QueryOrder, StreamUp, TakeSnapshot, TimePassed
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.position import PositionLeg
from bot_trading.engine.recovery import restore
from bot_trading.ports import StoredState
from tests.builders.core import (
    LONG,
    NOW_US,
    a_core_config,
    a_fill_report,
    a_snapshot,
    an_order,
    commands_of,
    d,
    steps,
)


def _stored(**changes: Any) -> StoredState:
    parts: dict[str, Any] = {
        "orders": (),
        "legs": (),
        "trade_ids": frozenset(),
        "since_us": 0,
        "trading_state": TradingState.ACTIVE,
        "trading_state_why": "",
    }
    return StoredState(**(parts | changes))


_HELD = PositionLeg(leg_id=LONG, quantity=d("0.010"), entry_value=d(500), episode=1)


def test_an_account_without_a_past_is_a_first_start() -> None:
    """Anything stored makes it a later one."""
    config = a_core_config()
    assert restore(config, _stored(), NOW_US).is_first_start
    assert not restore(config, _stored(legs=(_HELD,)), NOW_US).is_first_start


def test_a_halt_survives_a_restart() -> None:
    """With its reason: only a person resumes."""
    stored = _stored(trading_state=TradingState.HALTED, trading_state_why="me: odd")
    state = restore(a_core_config(), stored, NOW_US)
    assert (state.trading_state, state.trading_state_why) == (TradingState.HALTED, "me: odd")


def test_stored_fills_are_not_booked_again() -> None:
    """Whether a stream or a snapshot brings them."""
    stored = _stored(legs=(_HELD,), trade_ids=frozenset({"t-1"}), since_us=NOW_US)
    state = restore(a_core_config(), stored, NOW_US)
    up = StreamUp(exchange="bybit", ts_init_us=NOW_US)
    steps(state, up, a_snapshot(fills=(a_fill_report(),)), a_fill_report())
    assert state.leg(LONG) == _HELD


def test_nothing_is_read_from_before_what_is_known_as_stored() -> None:
    """Fills from before would be taken for new ones."""
    state = restore(a_core_config(), _stored(legs=(_HELD,), since_us=NOW_US), NOW_US)
    commands = steps(state, StreamUp(exchange="bybit", ts_init_us=NOW_US))
    [ask] = commands_of(commands, TakeSnapshot)
    assert ask.since_us == NOW_US


def test_a_live_order_is_asked_about_and_keeps_its_headroom() -> None:
    """An UNKNOWN market entry may still fill, at most at the highest price that it names."""
    order = an_order(status=OrderStatus.UNKNOWN)
    state = restore(a_core_config(), _stored(orders=(order,)), NOW_US)
    assert state.reservations.of_leg(LONG) == d("0.010") * d("50450")
    [query] = commands_of(steps(state, TimePassed(ts_init_us=NOW_US)), QueryOrder)
    assert query.client_order_id == "ent-1"
