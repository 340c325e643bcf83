"""What the controls look at: money that counts, and for how long after its exchange fell silent."""

from __future__ import annotations

import pytest

from bot_trading.domain.messages import (
    OrderDenied,
    SignalDecided,
    SignalReceived,
    StreamDown,
    StreamUp,
)
from bot_trading.domain.order import OrderType
from bot_trading.domain.reports import BalanceReport
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.risk_view import counted_equity, equity_age_s, exit_view, risk_view
from bot_trading.engine.state import EngineState
from bot_trading.risk.memory import RiskMemory
from bot_trading.risk.review import examine
from bot_trading.risk.view import Denial
from tests.builders.core import (
    LONG,
    NOW_US,
    a_balance,
    a_core_config,
    a_quote,
    a_ready_state,
    a_signal,
    an_intent,
    commands_of,
    d,
    risk_limits,
    steps,
)
from tests.builders.two_exchanges import SECOND_US, two_ready

LIMITS = risk_limits(equity_age_max_s=900)


def _down(exchange: str, after_s: int) -> StreamDown:
    return StreamDown(exchange=exchange, reason="gone", ts_init_us=NOW_US + after_s * SECOND_US)


@pytest.mark.parametrize(
    ("silent_s", "counted"), [(0, 20_000), (899, 20_000), (900, 20_000), (901, 10_000)]
)
def test_equity_of_a_silent_exchange_counts_for_so_long(silent_s: int, counted: int) -> None:
    """Hours of calm on a live stream age nothing; from its loss on the clock runs."""
    state = two_ready(limits=LIMITS)
    steps(state, _down("binance", 7_200))
    state.now_us += silent_s * SECOND_US
    assert equity_age_s(state, "bybit") == 0
    assert equity_age_s(state, "binance") == silent_s
    assert counted_equity(state) == counted
    assert risk_view(state, LONG, "x").equity == counted


def test_what_no_longer_counts_is_no_drawdown() -> None:
    """Silence is not a loss: only what is sized by shrinks."""
    state = two_ready(limits=LIMITS)
    steps(state, _down("binance", 0))
    state.now_us += 901 * SECOND_US
    assert state.risk.confirmed_equity() == 20_000
    assert state.risk.drawdown_ratio() == 0


def _with_an_old_figure() -> EngineState:
    """A core after a start: what the database knows of the equity is 901 seconds old."""
    state = EngineState(config=a_core_config(limits=LIMITS), now_us=NOW_US)
    figure = RiskFigure(
        name=FigureName.EQUITY,
        scope="bybit",
        value=d(10_000),
        ts_event_us=NOW_US,
        ts_updated_us=NOW_US - 901 * SECOND_US,
    )
    state.risk = RiskMemory.restored([figure])
    return state


def test_a_restart_remembers_when_money_was_confirmed() -> None:
    """An old figure from the database sizes nothing until its exchange answered."""
    state = _with_an_old_figure()
    assert equity_age_s(state, "bybit") == 901
    assert counted_equity(state) is None
    steps(state, BalanceReport(balance=a_balance(), ts_init_us=NOW_US))
    assert counted_equity(state) == 10_000


def test_a_stream_that_is_up_confirms_no_money_of_before() -> None:
    """Neither after a start nor after a loss, until a balance is read: it may be gone since."""
    state = _with_an_old_figure()
    steps(state, StreamUp(exchange="bybit", ts_init_us=NOW_US))
    assert equity_age_s(state, "bybit") == 901
    assert counted_equity(state) is None
    steps(state, BalanceReport(balance=a_balance(), ts_init_us=NOW_US))
    assert equity_age_s(state, "bybit") == 0
    steps(state, _down("bybit", 10), StreamUp(exchange="bybit", ts_init_us=state.now_us))
    state.now_us += 901 * SECOND_US
    assert counted_equity(state) is None
    again = a_balance(ts_event_us=NOW_US + 20 * SECOND_US)
    steps(state, BalanceReport(balance=again, ts_init_us=state.now_us))
    assert counted_equity(state) == 10_000


def test_streams_that_come_and_go_unread_keep_no_money_young() -> None:
    """The clock runs from the first loss, until a balance is read again."""
    state = two_ready(limits=LIMITS)
    steps(state, _down("binance", 1))
    for after_s in (600, 1_200):
        up = StreamUp(exchange="binance", ts_init_us=NOW_US + after_s * SECOND_US)
        steps(state, up, _down("binance", after_s + 1))
    assert equity_age_s(state, "binance") == 1_200
    assert counted_equity(state) == 10_000


def test_equity_that_was_never_confirmed_is_not_known() -> None:
    """Unknown is no age and no money."""
    state = EngineState(config=a_core_config(limits=LIMITS), now_us=NOW_US)
    assert equity_age_s(state, "bybit") is None
    assert counted_equity(state) is None


def test_an_entry_where_money_is_stale_is_denied_with_the_age() -> None:
    """Also where nothing else stands in its way; the denial names age and limit."""
    state = a_ready_state(a_core_config(limits=LIMITS))
    steps(state, _down("bybit", 0))
    state.now_us += 901 * SECOND_US
    state.exchange_health("bybit").not_ready = ""
    state.put_quote(a_quote(ts_init_us=state.now_us, ts_event_us=state.now_us))
    heard = SignalReceived(signal=a_signal(), ts_init_us=state.now_us)
    [decided] = commands_of(steps(state, heard), SignalDecided)
    assert isinstance(decided.result, OrderDenied)
    told = (decided.result.control, decided.result.measured, decided.result.limit)
    assert told == ("equity_age_max_s", "901", "900")


def test_an_entry_cannot_pass_on_the_view_of_an_exit() -> None:
    """Four fields let an exit out when nothing else works; an entry needs the whole world."""
    state = a_ready_state()
    view = exit_view(state, LONG, "ent-1")
    denial = examine(an_intent(order_type=OrderType.MARKET), view, state.config.limits)
    assert isinstance(denial, Denial)
    assert denial.control == "risk_view"
