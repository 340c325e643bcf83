"""Open quantity is protected, and its time is limited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import (
    Announce,
    Command,
    HaltTrading,
    Record,
    SetLegProtection,
    SignalReceived,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderPurpose
from bot_trading.domain.position import LegProtection, NativeTrailing, PositionLeg
from bot_trading.domain.reports import OrderRejected, ProtectionRefused, ProtectionSet, QuoteSeen
from bot_trading.engine.on_legs import ask_why, protect
from bot_trading.engine.state import EngineState
from bot_trading.sltp.policy import ExitPolicy, TrailingStop, TrailingType
from tests.builders.core import (
    LONG,
    NOW_US,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_ready_state,
    a_signal,
    an_order,
    commands_of,
    d,
    steps,
)

SECOND_US = 1_000_000
WANTED = LegProtection(leg_id=LONG, stop_loss=d("49700"), take_profit=d("50450"))


def _held() -> EngineState:
    """A core that holds 0.020 BTC long and has not heard what rests for it."""
    state = a_ready_state()
    commands = steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US))
    [send] = commands_of(commands, SubmitOrder)
    key = send.approved.intent.client_order_id
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    return state


def _tick(milliseconds: int) -> TimePassed:
    return TimePassed(ts_init_us=NOW_US + milliseconds * 1_000)


def _refused(code: str = "10001") -> ProtectionRefused:
    return ProtectionRefused(protection=WANTED, code=code, reason="no", ts_init_us=NOW_US)


def _report(**changes: object) -> object:
    return a_leg_report(quantity=d("0.020"), **changes)


def test_what_the_entry_carried_is_given_time_to_show() -> None:
    """A second later it is asked for, written before it is sent."""
    state = _held()
    assert commands_of(steps(state, _tick(999)), SetLegProtection) == []
    commands = steps(state, _tick(1_000))
    [ask] = commands_of(commands, SetLegProtection)
    assert ask.protection == WANTED
    assert commands.index(ask) > commands.index(
        next(each for each in commands if isinstance(each, Record) and each.row == ask)
    )


def test_a_missing_protection_is_asked_for_once_a_second() -> None:
    """Not with every tick."""
    ticks = [_tick(250 * n) for n in range(1, 17)]
    assert len(commands_of(steps(_held(), *ticks), SetLegProtection)) == 4


def test_nothing_is_asked_for_while_the_wanted_rests() -> None:
    """Told by the leg's report or by the answer."""
    told, answered = _held(), _held()
    steps(told, _report())  # type: ignore[arg-type]
    steps(answered, ProtectionSet(protection=WANTED, ts_init_us=NOW_US))
    for state in (told, answered):
        assert commands_of(steps(state, _tick(5_000)), SetLegProtection) == []


def test_an_older_report_of_a_leg_is_dropped() -> None:
    """It would hide what rests now."""
    state = _held()
    steps(state, _report(ts_event_us=NOW_US + 5))  # type: ignore[arg-type]
    steps(state, _report(stop_loss=None, ts_event_us=NOW_US + 4))  # type: ignore[arg-type]
    assert state.resting[LONG] == WANTED
    steps(state, _report(stop_loss=None, ts_event_us=NOW_US + 5))  # type: ignore[arg-type]
    assert state.resting[LONG].stop_loss is None


def test_a_leg_that_cannot_be_protected_is_closed() -> None:
    """The exchange refused the stop while none rests: the price is beyond it already."""
    commands = steps(_held(), _refused())
    [send] = commands_of(commands, SubmitOrder)
    intent = send.approved.intent
    assert (intent.purpose, intent.quantity) == (OrderPurpose.EXIT, d("0.020"))
    assert intent.reduce_only


def test_it_is_closed_once_however_often_protection_is_refused() -> None:
    """An exit is under way already."""
    assert len(commands_of(steps(_held(), _refused(), _refused()), SubmitOrder)) == 1


@pytest.mark.parametrize("code", ["unknown", "not sent"])
def test_an_answer_that_proves_nothing_closes_nothing_and_is_asked_again(code: str) -> None:
    """The exchange refused nothing: the entry's own stop may rest, only its report is late."""
    state = _held()
    assert commands_of(steps(state, _refused(code)), SubmitOrder) == []
    assert len(commands_of(steps(state, _tick(1_000)), SetLegProtection)) == 1


def test_exits_wait_for_the_report_of_a_new_leg_before_they_move_its_stop() -> None:
    """Asked in the instant of the first fill, an exchange that does not show the leg yet refuses;
    once something is known to rest, a move goes out at once."""
    state = _held()
    tighter = replace(WANTED, stop_loss=d("49850"))
    state.wanted[LONG] = tighter
    out: list[Command] = []
    protect(state, LONG, out, at_once=True)
    assert out == []
    steps(state, _report(stop_loss=WANTED.stop_loss, take_profit=WANTED.take_profit))  # type: ignore[arg-type]
    state.pacing.forget(("protection", LONG))
    protect(state, LONG, out, at_once=True)
    [ask] = commands_of(out, SetLegProtection)
    assert ask.protection.stop_loss == d("49850")


@pytest.mark.parametrize(("code", "is_asked"), [("51023", True), ("not sent", False)])
def test_a_refused_protection_lets_the_exchange_be_read(code: str, is_asked: bool) -> None:
    """The leg may be gone there, which nobody told; what was never sent says nothing of it."""
    state = _held()
    steps(state, _report())  # type: ignore[arg-type]
    state.now_us += state.config.reach_us
    steps(state, _refused(code))
    assert state.exchange_health("bybit").snapshot_wanted is is_asked


def test_a_refused_target_does_not_close_a_leg_that_has_its_stop() -> None:
    """The leg is protected; the target is a wish."""
    state = _held()
    steps(state, _report(take_profit=None))  # type: ignore[arg-type]
    assert commands_of(steps(state, _refused()), SubmitOrder) == []


def test_closing_works_while_halted() -> None:
    """Protection is what a halted bot still does."""
    state = _held()
    steps(state, HaltTrading(who="me", why="x", ts_init_us=NOW_US))
    assert len(commands_of(steps(state, _refused()), SubmitOrder)) == 1


def _market_at(seconds: int) -> QuoteSeen:
    return QuoteSeen(
        quote=a_quote(
            ts_event_us=NOW_US + seconds * SECOND_US, ts_init_us=NOW_US + seconds * SECOND_US
        )
    )


def test_a_leg_is_closed_when_its_horizon_is_over() -> None:
    """By the exchange's time; fifteen minutes here, not a second before."""
    state = _held()
    steps(state, _report())  # type: ignore[arg-type]
    assert commands_of(steps(state, _market_at(899), _tick(899_000)), SubmitOrder) == []
    assert len(commands_of(steps(state, _market_at(900), _tick(900_000)), SubmitOrder)) == 1


def test_reducing_closes_at_the_horizon_and_halted_does_not() -> None:
    """REDUCING allows exits, HALTED only protection."""
    for trading_state, exits in ((TradingState.REDUCING, 1), (TradingState.HALTED, 0)):
        state = _held()
        steps(state, HaltTrading(who="me", why="x", state=trading_state, ts_init_us=NOW_US))
        commands = steps(state, _market_at(901), _tick(901_000))
        assert len(commands_of(commands, SubmitOrder)) == exits


def test_an_exchange_that_refuses_to_close_is_asked_less_and_less() -> None:
    """After one second, two and four, under a new id each time since the old one is settled."""
    state = _held()
    steps(state, _report(), _market_at(901))  # type: ignore[arg-type]
    keys = []
    for n in range(30):
        for send in commands_of(steps(state, _tick(901_000 + 250 * n)), SubmitOrder):
            keys.append(send.approved.intent.client_order_id)
            refusal = OrderRejected(
                client_order_id=keys[-1], code="x", reason="x", ts_init_us=NOW_US
            )
            steps(state, refusal)
    assert len(keys) == len(set(keys)) == 4


def test_a_target_that_is_refused_again_and_again_is_asked_for_less() -> None:
    """The stop rests, so there is no hurry; a lost stop is asked for at once."""
    state = _held()
    steps(state, _report(take_profit=None))  # type: ignore[arg-type]
    asked = []
    for n in range(1, 121):
        if commands_of(steps(state, _tick(250 * n)), SetLegProtection):
            asked.append(n / 4)
            steps(state, _refused())
    assert asked == [1, 2, 4, 8, 16]
    lost = _report(stop_loss=None, ts_event_us=NOW_US + 5)
    assert len(commands_of(steps(state, lost), SetLegProtection)) == 1  # type: ignore[arg-type]


def test_a_leg_that_is_flat_there_is_protected_less_and_less() -> None:
    """Its close was not told; asking each second would starve the reading that finds it."""
    state = _held()
    gone = a_leg_report(quantity=d("0"), ts_init_us=NOW_US + 1, ts_event_us=NOW_US + 1)
    steps(state, gone)
    asked = [
        n for n in range(1, 61) if commands_of(steps(state, _tick(1_000 * n)), SetLegProtection)
    ]
    assert asked == [1, 2, 4, 8, 16, 32]
    again = a_fill_report(trade_id="t-9", ts_event_us=NOW_US + 2, ts_init_us=NOW_US + 61_000_000)
    assert len(commands_of(steps(state, again, _tick(62_000)), SetLegProtection)) == 1


def test_after_a_start_nothing_is_set_before_the_exchange_told_what_rests() -> None:
    """The stop that we remember may be looser than the one that rests."""
    state = EngineState(config=a_core_config())
    leg = PositionLeg(leg_id=LONG, quantity=d("0.020"), entry_value=d(1000), episode=1)
    state.put_leg(leg)
    state.wanted[LONG] = WANTED
    assert commands_of(steps(state, _tick(60_000)), SetLegProtection) == []
    steps(state, _report(stop_loss=d("49800")))  # type: ignore[arg-type]
    assert commands_of(steps(state, _tick(120_000)), SetLegProtection) == []


def test_a_second_entry_under_way_never_carries_a_looser_stop() -> None:
    """Sent last, it would replace the first one's stop for the whole leg."""
    state = a_ready_state()
    first = SignalReceived(signal=a_signal(), ts_init_us=NOW_US)
    second = SignalReceived(signal=a_signal("s-2"), ts_init_us=NOW_US)
    lower = QuoteSeen(quote=a_quote("49950", ts_event_us=NOW_US + 1))
    sends = commands_of(steps(state, first, lower, second), SubmitOrder)
    assert [send.approved.intent.stop_loss for send in sends] == [d("49700"), d("49700")]


def test_a_leg_found_open_gets_what_rests_or_the_policy() -> None:
    """After a restart nothing is remembered: a stop that rests is kept, else one is made."""
    kept, made = _held(), _held()
    for state in (kept, made):
        state.wanted.clear()
    steps(kept, _report(stop_loss=d("49900")))  # type: ignore[arg-type]
    steps(kept, _tick(2_000))
    assert kept.wanted[LONG].stop_loss == d("49900")
    [ask] = commands_of(steps(made, _tick(2_000)), SetLegProtection)
    assert ask.protection == WANTED


def test_a_flat_leg_forgets_what_rested() -> None:
    """The next life of the leg begins without it."""
    state = _held()
    steps(state, _report())  # type: ignore[arg-type]
    steps(state, replace(a_leg_report(), quantity=d(0), ts_event_us=NOW_US + 9))
    assert LONG not in state.resting


NATIVE = ExitPolicy(
    stop_loss_percent=d("0.6"),
    trailing_stop=TrailingStop(
        kind=TrailingType.FIXED,
        activation_percent=d(1),
        distance_usdt=d(200),
        max_distance_percent=d(2),
        native=True,
    ),
)


def _natively_held() -> EngineState:
    """A leg whose stop rests, by a policy that leaves trailing to the exchange."""
    state = a_ready_state(a_core_config(exits=NATIVE))
    commands = steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US))
    [send] = commands_of(commands, SubmitOrder)
    key = send.approved.intent.client_order_id
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    return state


def test_the_exchange_is_asked_to_trail_once_the_stop_rests() -> None:
    """Beside what rests, never together with a stop that is still missing, and once."""
    state = _natively_held()
    [bare] = commands_of(steps(state, _tick(1_000)), SetLegProtection)
    assert bare.protection.trailing is None
    commands = steps(state, ProtectionSet(protection=bare.protection, ts_init_us=NOW_US))
    commands += steps(state, _tick(2_000), _tick(2_250))
    [ask] = commands_of(commands, SetLegProtection)
    trailing = NativeTrailing(distance=d(200), active_px=d("50500.0"))
    assert ask.protection == replace(bare.protection, trailing=trailing)
    told = steps(state, ProtectionSet(protection=ask.protection, ts_init_us=NOW_US))
    rows = [each for each in told if isinstance(each, Record)]
    assert [(row.row.cause, row.note) for row in rows] == [  # type: ignore[union-attr]
        ("native trailing by 200 from 50500 on", "the position tells its distance")
    ]
    later = [_tick(n * 1_000) for n in range(3, 90)]
    assert commands_of(steps(state, *later), SetLegProtection) == []


def test_a_trailing_that_the_exchange_lost_is_set_again() -> None:
    """Said once; a stop that is moved meanwhile keeps it."""
    state = _natively_held()
    report = {"quantity": d("0.020"), "trailing_distance": d(200)}
    told = a_leg_report(**report)
    assert commands_of(steps(state, told, _tick(60_000)), SetLegProtection) == []
    moved = replace(WANTED, stop_loss=d("49800"))
    steps(state, ProtectionSet(protection=moved, ts_init_us=NOW_US))
    assert state.resting[LONG].trailing == NativeTrailing(distance=d(200))
    lost = a_leg_report(**report | {"trailing_distance": None, "ts_event_us": NOW_US + 1})
    commands = steps(state, lost)
    assert "bybit trails BTCUSDT.bybit-LONG no more" in str(commands_of(commands, Announce))
    [ask] = commands_of(commands, SetLegProtection)
    assert ask.protection.trailing is not None


def test_a_refused_trailing_costs_no_stop_and_closes_nothing() -> None:
    """It is written down with its reason, and asked for less and less often."""
    state = _natively_held()
    steps(state, a_leg_report(quantity=d("0.020")))
    [ask] = commands_of(steps(state, _tick(1_000)), SetLegProtection)
    refused = ProtectionRefused(
        protection=ask.protection, code="10001", reason="no", ts_init_us=NOW_US
    )
    commands = steps(state, refused)
    assert commands_of(commands, SubmitOrder) == []
    assert state.resting[LONG].stop_loss is not None
    [row] = [each for each in commands if isinstance(each, Record)]
    assert row.note == "10001: no"
    asked = [
        commands_of(steps(state, refused, _tick(n * 1_000)), SetLegProtection)
        for n in range(2, 122)
    ]
    assert 2 <= len([each for each in asked if each]) <= 12


def test_a_refused_entry_lets_the_exchange_be_read_once_in_a_while() -> None:
    """It may know what we have not heard, such as another mode; many refusals ask once."""
    state = a_ready_state()
    health = state.exchange_health("bybit")
    entry = an_order()
    health.snapshot_us = state.now_us
    ask_why(state, entry)
    assert not health.snapshot_wanted
    state.now_us += state.config.reach_us
    ask_why(state, entry)
    assert health.snapshot_wanted


def test_a_refused_exit_of_a_flat_leg_asks_nothing() -> None:
    """There is nothing to reduce there, as we know."""
    state = a_ready_state()
    ask_why(state, an_order(reduce_only=True, stop_loss=None, take_profit=None))
    assert not state.exchange_health("bybit").snapshot_wanted
