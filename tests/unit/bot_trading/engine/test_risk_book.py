"""The core's own book: when it is measured, by which returns, and who is told."""

from __future__ import annotations

from dataclasses import replace

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import (
    Announce,
    Command,
    OrderDenied,
    RiskEvent,
    SignalDecided,
    TimePassed,
)
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import QuoteSeen
from bot_trading.domain.returns import GroupsEstimated, ReturnHistory, ReturnsRead
from bot_trading.engine.decide import enter, risk_view
from bot_trading.engine.risk_book import measure_book
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    SHORT,
    a_core_config,
    a_fill_report,
    a_quote,
    a_ready_state,
    a_signal,
    commands_of,
    d,
    risk_limits,
    rows_of,
    steps,
)

ETH_LONG = LegId("bybit", "ETHUSDT", PositionIdx.LONG)


def returns_read(worst: str = "-0.02", until_us: int = NOW_US, **missing: str) -> ReturnsRead:
    """A hundred hours of BTC, one of which fell by `worst`."""
    series = (d(worst), *[d("0.001")] * 99)
    history = ReturnHistory(
        period_s=3600,
        horizon_s=3600,
        until_us=until_us,
        returns={"BTCUSDT": series},
        missing=missing,
    )
    return ReturnsRead(history=history, ts_init_us=NOW_US)


def _hold(state: EngineState, leg_id: LegId, quantity: str) -> None:
    held = d(quantity)
    state.put_leg(PositionLeg(leg_id=leg_id, quantity=held, entry_value=held * 50_000))


def _denied(state: EngineState, signal_id: str = "s-1") -> OrderDenied | None:
    out: list[Command] = []
    enter(state, a_signal(signal_id), out)
    for each in commands_of(out, SignalDecided):
        if isinstance(each.result, OrderDenied):
            return each.result
    return None


def test_before_returns_are_read_everything_counts_by_the_worst_fall() -> None:
    """Two usual orders are 1170 by a fall of 58.5 percent."""
    limits = risk_limits(value_at_risk_max_usdt=d(600), expected_shortfall_max_usdt=d(1100))
    state = a_ready_state(a_core_config(limits=limits))
    assert _denied(state, "a") is None
    second = _denied(state, "b")
    assert second is not None
    assert (second.control, second.measured, second.limit) == (
        "value_at_risk_max_usdt",
        "1170",
        "600",
    )


def test_an_approval_counts_at_once_and_until_the_book_is_measured() -> None:
    """Filled or not: between two measurements what was approved only adds up."""
    state = a_ready_state()
    steps(state, returns_read())
    assert _denied(state) is None
    [order] = state.orders.values()
    view = risk_view(state, LONG, "next", d("0.010"))
    assert (view.value_at_risk, view.order_risk_ratio) == (d(20), d("0.02"))
    fill = a_fill_report(client_order_id=order.client_order_id, last_qty=order.quantity)
    steps(state, fill)
    assert risk_view(state, LONG, "next", d("0.010")).value_at_risk == 20
    steps(state, TimePassed(ts_init_us=NOW_US + 1_500_000))
    assert not state.reservations.unmeasured
    assert risk_view(state, LONG, "next", d("0.010")).value_at_risk == 20


def test_the_short_leg_has_its_own_tail_and_offsets_the_long_one() -> None:
    """A rise of a thousandth is the worst that a short saw."""
    state = a_ready_state()
    steps(state, returns_read())
    assert risk_view(state, SHORT, "x").order_risk_ratio == d("0.001")
    _hold(state, LONG, "0.02")
    _hold(state, SHORT, "0.02")
    measure_book(state)
    assert state.risk.book.figures.expected_shortfall == 0


def test_returns_grow_old_by_the_market_s_clock() -> None:
    """Beyond their age they are none, and the worst fall counts again."""
    state = a_ready_state(a_core_config(limits=risk_limits(returns_age_max_s=100)))
    hour_us = 100_000_000
    steps(state, returns_read(until_us=NOW_US))
    for late_us, ratio in ((hour_us, "0.02"), (hour_us + 1_000_000, "0.585")):
        moment = NOW_US + late_us
        steps(
            state,
            QuoteSeen(quote=a_quote(ts_event_us=moment, ts_init_us=moment)),
            TimePassed(ts_init_us=moment + 1_000_000),
        )
        assert risk_view(state, LONG, "x").order_risk_ratio == d(ratio), late_us


def test_a_symbol_that_loses_its_past_is_told_and_so_is_its_return() -> None:
    """Once each, not with every hour."""
    state = a_ready_state()
    assert commands_of(steps(state, returns_read()), Announce) == []
    lacking = returns_read(ETHUSDT="3 returns of 60 s, needed 100")
    [line] = commands_of(steps(state, lacking), Announce)
    assert "worst fall on record: ETHUSDT: 3 returns of 60 s" in line.text
    assert commands_of(steps(state, lacking), Announce) == []
    [line] = commands_of(steps(state, returns_read()), Announce)
    assert line.text == "book risk has returns of every symbol"


def test_a_book_that_passes_its_limit_by_itself_is_told_once_a_day() -> None:
    """Prices that moved, not an order: nothing was denied, and people must know."""
    limits = risk_limits(value_at_risk_max_usdt=d(30), expected_shortfall_max_usdt=d(35))
    state = a_ready_state(a_core_config(limits=limits))
    steps(state, returns_read("-0.05"))
    _hold(state, LONG, "0.02")
    first = steps(state, TimePassed(ts_init_us=NOW_US + 2_000_000))
    told = {row.control: (row.measured, row.action) for row in rows_of(first, RiskEvent)}
    assert told == {
        "value_at_risk_max_usdt": ("50", "BREACHED"),
        "expected_shortfall_max_usdt": ("50", "BREACHED"),
    }
    again = steps(state, TimePassed(ts_init_us=NOW_US + 4_000_000))
    assert rows_of(again, RiskEvent) == []


def test_estimated_groups_count_beside_the_configured_ones() -> None:
    """All symbols are one group until something else was seen; a change is told."""
    ids = (BTC, InstrumentId("bybit", "ETHUSDT"))
    state = a_ready_state(a_core_config(instrument_ids=ids))
    _hold(state, ETH_LONG, "0.02")
    assert risk_view(state, LONG, "x").estimated_group_notional == 1000
    apart = GroupsEstimated(
        groups=(frozenset({"BTCUSDT"}), frozenset({"ETHUSDT"})), until_us=1, ts_init_us=NOW_US
    )
    [line] = commands_of(steps(state, apart), Announce)
    assert line.text == "symbols that move together: BTCUSDT, ETHUSDT"
    assert risk_view(state, LONG, "x").estimated_group_notional == 0
    assert commands_of(steps(state, apart), Announce) == []
    aged_us = 2 * state.config.plan.book.correlation_every_s * 1_000_000
    for market_us, seen in ((aged_us + 1, 0), (aged_us + 2, 1000)):
        # What was estimated too long ago parts nothing.
        state.exchange_health("bybit").market_us = market_us
        state.risk.book.measured_us = None
        steps(state, TimePassed(ts_init_us=state.now_us + 1))
        assert risk_view(state, LONG, "x").estimated_group_notional == seen
    steps(state, apart)
    together = replace(apart, groups=(frozenset({"BTCUSDT", "ETHUSDT"}),))
    assert len(commands_of(steps(state, together), Announce)) == 1
    assert risk_view(state, LONG, "x").estimated_group_notional == 1000


def test_the_best_price_on_the_side_that_is_taken_counts() -> None:
    """A long takes the ask, a short the bid."""
    state = a_ready_state()
    thin = a_quote(bid_qty=d("0.5"), ask_qty=None, ts_event_us=NOW_US + 1)
    steps(state, QuoteSeen(quote=thin))
    assert risk_view(state, LONG, "x").depth_qty is None
    assert risk_view(state, SHORT, "x").depth_qty == d("0.5")
    denied = _denied(state)
    assert denied is not None
    assert (denied.control, denied.measured) == (
        "depth_min_ratio",
        "size at the best price not known",
    )


def test_an_opinion_is_as_old_as_what_its_model_learnt_from() -> None:
    """By the market's clock; an opinion without a model has no model to be stale."""
    state = a_ready_state(a_core_config(limits=risk_limits(model_age_max_s=3600)))
    fresh = replace(a_signal("m-1"), model_seen_us=NOW_US - 3_600_000_000)
    old = replace(a_signal("m-2"), model_seen_us=NOW_US - 3_601_000_000)
    for signal, is_denied in ((fresh, False), (old, True), (a_signal("m-3"), False)):
        out: list[Command] = []
        enter(state, signal, out)
        denials = [
            each.result.control
            for each in commands_of(out, SignalDecided)
            if isinstance(each.result, OrderDenied)
        ]
        assert denials == (["model_age_max_s"] if is_denied else [])
