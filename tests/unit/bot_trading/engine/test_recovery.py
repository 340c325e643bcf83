"""A start begins with what the store knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot_trading.domain.account import Balance, TradingState
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import (
    CloseLeg,
    OrderDenied,
    QueryOrder,
    SetLegProtection,
    SignalDecided,
    SignalReceived,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
)
from bot_trading.domain.order import Order, OrderPurpose, OrderStatus, OrderType, TimeInForce
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.reports import BalanceReport, QuoteSeen
from bot_trading.engine.decide import daily_loss
from bot_trading.engine.recovery import recall, restore
from bot_trading.execution.ids import derive_client_order_id
from bot_trading.ports import StoredState
from tests.builders.core import (
    LONG,
    NOW_US,
    SHORT,
    a_balance,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_ready_state,
    a_signal,
    a_snapshot,
    an_order,
    an_order_report,
    commands_of,
    d,
    rows_of,
    steps,
)


def _stored(**changes: Any) -> StoredState:
    parts: dict[str, Any] = {
        "orders": (),
        "ended": (),
        "entries": (),
        "booked_qty": {},
        "legs": (),
        "signal_ids": (),
        "trade_keys": frozenset(),
        "since_us": 0,
        "ours_from_us": {"bybit": 0},
        "day_starts": {},
        "trading_state": TradingState.ACTIVE,
        "trading_state_why": "",
    }
    return StoredState(**(parts | changes))


_HELD = PositionLeg(leg_id=LONG, quantity=d("0.010"), entry_value=d(500), episode=1)


UP = StreamUp(exchange="bybit", ts_init_us=NOW_US)
CLOSE = CloseLeg(leg_id=LONG, close_ratio=d("0.5"), request_id="r", ts_init_us=NOW_US)


def test_fills_from_before_the_first_start_are_never_booked() -> None:
    """Not on a later start either, though the exchange tells of them again."""
    stored = _stored(ours_from_us={"bybit": NOW_US + 1})
    state = restore(a_core_config(), stored, NOW_US)
    [ask] = commands_of(steps(state, UP), TakeSnapshot)
    assert ask.since_us == NOW_US + 1
    theirs = a_fill_report(client_order_id="")
    ours = a_fill_report(trade_id="t-2", ts_event_us=NOW_US + 1, last_qty=d("0.002"))
    steps(state, a_snapshot(fills=(theirs, ours), legs=(a_leg_report(quantity=d("0.002")),)))
    assert state.leg(LONG).quantity == d("0.002")


def test_each_exchange_has_a_first_start_of_its_own() -> None:
    """One that was never reconciled begins with its first snapshot."""
    state = restore(a_core_config(), _stored(ours_from_us={"okx": 5}), NOW_US)
    steps(state, UP, a_snapshot(fills=(a_fill_report(),)))
    assert state.legs == {}
    assert state.ours_from_us == {"okx": 5, "bybit": NOW_US + 1}


def test_a_signal_that_was_followed_is_answered_with_its_order() -> None:
    """Nothing is sent a second time."""
    before = a_ready_state()
    signal = SignalReceived(signal=a_signal(), ts_init_us=NOW_US)
    [order] = rows_of(steps(before, signal), Order)
    ended = replace(order, status=OrderStatus.FILLED, filled_qty=order.quantity)
    stored = _stored(
        ended=(ended,), booked_qty={order.client_order_id: order.quantity}, signal_ids=("s-1",)
    )
    state = restore(a_core_config(), stored, NOW_US)
    commands = steps(state, UP, a_snapshot(), QuoteSeen(quote=a_quote()), signal)
    [decided] = commands_of(commands, SignalDecided)
    assert decided.result == ended
    assert commands_of(commands, SubmitOrder) == []


def test_a_signal_that_was_denied_stays_denied() -> None:
    """Its id was seen, and no order came of it."""
    state = restore(a_core_config(), _stored(signal_ids=("s-1",)), NOW_US)
    signal = SignalReceived(signal=a_signal(), ts_init_us=NOW_US)
    [decided] = commands_of(
        steps(state, UP, a_snapshot(), QuoteSeen(quote=a_quote()), signal), SignalDecided
    )
    assert decided.result.control == "duplicate_signal"


def test_a_late_report_finds_the_order_that_ended() -> None:
    """It is not taken for a stranger's."""
    ended = an_order(status=OrderStatus.FILLED, filled_qty=d("0.010"))
    stored = _stored(ended=(ended,), booked_qty={"ent-1": d("0.010")})
    state = restore(a_core_config(), stored, NOW_US)
    assert rows_of(steps(state, UP, a_snapshot(), an_order_report()), Order)[0].origin == "v3"
    assert state.unsettled == {}


def _many_that_rest() -> tuple[Order, ...]:
    return tuple(
        an_order(
            client_order_id=f"ent-{number}",
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=d("40000"),
        )
        for number in range(50)
    )


def test_many_orders_are_asked_for_only_once_the_exchange_was_read() -> None:
    """A start with a thousand orders would else wait for a thousand answers before it reads."""
    state = restore(a_core_config(), _stored(orders=_many_that_rest()), NOW_US)
    assert not commands_of(steps(state, UP, TimePassed(ts_init_us=NOW_US)), QueryOrder)


def test_what_the_exchange_does_not_list_is_asked_for_after_it_was_read() -> None:
    """None of many is forgotten: each gets its own question then."""
    stored = _stored(orders=_many_that_rest())
    state = restore(a_core_config(), stored, NOW_US)
    asked = commands_of(steps(state, UP, a_snapshot()), QueryOrder)
    assert {each.client_order_id for each in asked} == {
        order.client_order_id for order in stored.orders
    }


def test_fills_that_were_told_and_not_stored_are_asked_for() -> None:
    """Though the order ended: its headroom stays held until they are in the leg."""
    ended = an_order(status=OrderStatus.FILLED, filled_qty=d("0.010"), avg_px=d("50000"))
    stored = _stored(ended=(ended,), booked_qty={"ent-1": d("0.004")})
    state = restore(a_core_config(), stored, NOW_US)
    assert state.reservations.total == d("0.006") * d("50450")
    [query] = commands_of(steps(state, TimePassed(ts_init_us=NOW_US)), QueryOrder)
    assert query.client_order_id == "ent-1"
    steps(state, a_fill_report(trade_id="t-2", last_qty=d("0.006")))
    assert state.orders == {}
    assert state.reservations.total == 0
    [order] = state.finished.values()
    assert order.filled_qty == d("0.010")


def test_an_open_leg_keeps_the_tightest_stop_of_its_entries() -> None:
    """Though a looser one rests, as after a crash before the tighter one was set."""
    entries = (
        an_order(stop_loss=d("49700"), take_profit=d("50450")),
        an_order(client_order_id="ent-2", stop_loss=d("49800"), take_profit=d("50500")),
    )
    state = restore(a_core_config(), _stored(legs=(_HELD,), entries=entries), NOW_US)
    commands = steps(state, UP, a_snapshot(legs=(a_leg_report(),)))
    commands += steps(state, TimePassed(ts_init_us=NOW_US))
    asked = commands_of(commands, SetLegProtection)
    assert asked[-1].protection == LegProtection(
        leg_id=LONG, stop_loss=d("49800"), take_profit=d("50450")
    )


def test_a_persons_close_that_was_made_is_not_made_again() -> None:
    """Half of a half would be closed; its id is derived of the request, so it is recognised."""
    before = a_ready_state()
    [order] = rows_of(steps(before, a_fill_report(), CLOSE), Order)[-1:]
    ended = replace(order, status=OrderStatus.FILLED, filled_qty=order.quantity)
    stored = _stored(
        legs=(_HELD,), ended=(ended,), booked_qty={order.client_order_id: order.quantity}
    )
    state = restore(a_core_config(), stored, NOW_US)
    commands = steps(state, UP, a_snapshot(legs=(a_leg_report(),)), CLOSE)
    assert commands_of(commands, SubmitOrder) == []


def test_losses_of_the_day_survive_a_restart() -> None:
    """They are counted from the day's first balance, not from the start's."""
    stored = _stored(day_starts={"bybit": a_balance("10400")})
    state = restore(a_core_config(), stored, NOW_US)
    steps(state, UP, a_snapshot())
    assert daily_loss(state) == 400
    steps(state, BalanceReport(balance=_in_days(1), ts_init_us=NOW_US))
    assert daily_loss(state) == 1_000  # Of 10,000, at an hour that no balance tells.
    steps(state, BalanceReport(balance=_in_days(2), ts_init_us=NOW_US))
    assert daily_loss(state) == 0


def _in_days(days: int) -> Balance:
    return a_balance("9000", ts_event_us=NOW_US + days * 86_400_000_000)


def test_a_halt_survives_a_restart() -> None:
    """With its reason: only a person resumes."""
    stored = _stored(trading_state=TradingState.HALTED, trading_state_why="me: odd")
    state = restore(a_core_config(), stored, NOW_US)
    assert (state.trading_state, state.trading_state_why) == (TradingState.HALTED, "me: odd")


def test_stored_fills_are_not_booked_again() -> None:
    """Whether a stream or a snapshot brings them."""
    keys = frozenset({a_fill_report().key})
    stored = _stored(legs=(_HELD,), trade_keys=keys, since_us=NOW_US)
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
    """An UNKNOWN market entry of an older release is held at the highest price that it names."""
    order = an_order(status=OrderStatus.UNKNOWN)
    state = restore(a_core_config(), _stored(orders=(order,)), NOW_US)
    assert state.reservations.of_leg(LONG) == d("0.010") * d("50450")
    [query] = commands_of(steps(state, TimePassed(ts_init_us=NOW_US)), QueryOrder)
    assert query.client_order_id == "ent-1"


def test_a_market_entry_is_held_at_the_price_that_risk_approved() -> None:
    """A long that a ladder closes names its stop alone, and would look cheaper than it is."""
    order = an_order(status=OrderStatus.UNKNOWN, take_profit=None, reference_px=d("50000"))
    state = restore(a_core_config(), _stored(orders=(order,)), NOW_US)
    assert state.reservations.of_leg(LONG) == d("0.010") * d("50000")


def test_an_entry_that_names_no_price_leaves_no_headroom() -> None:
    """Of an older release: what it may spend is not known, so that nothing else is spent before it
    is settled, and what it held is free again then."""
    order = an_order(
        status=OrderStatus.UNKNOWN, price=None, stop_loss=None, take_profit=None, reference_px=None
    )
    state = restore(a_core_config(), _stored(orders=(order,)), NOW_US)
    steps(state, UP, a_snapshot(), QuoteSeen(quote=a_quote()))
    signal = SignalReceived(signal=a_signal(), ts_init_us=NOW_US)
    [decided] = commands_of(steps(state, signal), SignalDecided)
    assert isinstance(decided.result, OrderDenied)
    report = an_order_report(status=OrderStatus.CANCELED, filled_qty=d("0"))
    steps(state, report)
    assert state.reservations.of_leg(LONG) == 0


def test_a_restart_holds_what_was_held_before_it() -> None:
    """To the last decimal, for an entry that was decided and never answered."""
    state = a_ready_state()
    commands = steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US))
    [order] = rows_of(commands, Order)
    held = state.reservations.of_leg(LONG)
    assert held > 0
    after = restore(a_core_config(), _stored(orders=(order,)), NOW_US)
    assert after.reservations.of_leg(LONG) == held


def test_only_what_an_earlier_release_made_is_recalled() -> None:
    """Ids without our tag, and all protection that was asked for, of the exchange alone."""
    config = a_core_config()
    former = an_order(status=OrderStatus.FILLED, filled_qty=d("0.010"))
    key = derive_client_order_id(config.account, OrderPurpose.ENTRY, "s-1")
    present = replace(former, client_order_id=key)
    held = PositionLeg(leg_id=LONG, quantity=d("0.010"), entry_value=d("500"), episode=1)
    asked = LegProtection(leg_id=SHORT, stop_loss=d("50001"), take_profit=None)
    elsewhere = replace(asked, leg_id=LegId("okx", "BTCUSDT", PositionIdx.LONG))
    stored = _stored(entries=(former,), legs=(held,), former_levels=(asked, elsewhere))
    state = restore(config, stored, NOW_US)
    known = recall("bybit", stored, state)
    assert known.order_ids == {"ent-1"}
    assert known.levels == (state.wanted[LONG], asked)
    other = recall("okx", stored, state)
    assert (other.order_ids, other.levels) == (frozenset(), (elsewhere,))
    stored = _stored(entries=(present,), legs=(held,))
    known = recall("bybit", stored, restore(config, stored, NOW_US))
    assert (known.order_ids, known.levels) == (frozenset(), ())
