"""What a person sees while the bot runs."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import StreamDown
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.report import report_status
from bot_trading.engine.state import EngineState
from bot_trading.ops.terminal import live_view, plain_line
from bot_trading.sltp.policy import DEFAULT_POLICY
from tests.builders.core import (
    NOW_US,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_ready_state,
    steps,
)
from tests.builders.core_bench import CoreBench
from tests.builders.two_exchanges import two_ready


def _held() -> CoreStatus:
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report())
    return report_status(state)


def _shown(status: CoreStatus, lines: list[tuple[int, str, str]], left_s: float | None) -> str:
    output = io.StringIO()
    Console(file=output, width=100, force_terminal=False).print(live_view(status, lines, left_s))
    return output.getvalue()


def test_price_leg_stop_target_and_money_are_seen() -> None:
    """With what happened last, and what is left of a limited run."""
    text = _shown(_held(), [(NOW_US, "INFO", "bought something")], 12.4)
    for words in ("BTCUSDT 50000", "BTCUSDT LONG", "49700", "50450", "10000.00", "12 s left"):
        assert words in text
    assert "bought something" in text


def test_ladder_steps_and_stop_moves_of_each_open_leg_are_seen() -> None:
    """On the live view and on the plain line; nothing of a leg that is flat."""
    core = CoreBench(DEFAULT_POLICY)
    core.settle()
    core.signal("LONG-1")
    core.settle()
    words = "ladder 0/2, stop by entry"
    assert f"BTCUSDT LONG: {words}" in _shown(report_status(core.state), [], None)
    core.exchange.move(Decimal(50_650))
    core.feed(core.exchange.quote())
    core.settle()
    status = report_status(core.state)
    words = "ladder 1/2, stop by break-even"
    assert f"BTCUSDT LONG: {words}" in _shown(status, [], None)
    assert f"BTCUSDT-1 0.016 ({words})" in plain_line(status)
    core.exchange.move(Decimal(49_000))
    core.feed(core.exchange.quote())
    core.settle()
    assert "ladder" not in plain_line(report_status(core.state))


def test_everything_fits_in_100_columns() -> None:
    """However long a message is."""
    text = _shown(_held(), [(NOW_US, "ERROR", "x" * 500)], None)
    assert max(map(len, text.splitlines())) <= 100


def test_only_the_latest_lines_are_shown() -> None:
    """Eight of a hundred."""
    text = _shown(_held(), [(NOW_US, "INFO", f"line-{n}") for n in range(100)], None)
    assert "line-99" in text
    assert "line-92" in text
    assert "line-91" not in text


def test_a_halt_and_a_lost_store_are_seen_with_their_reason() -> None:
    """A person must not have to look for it."""
    halted = replace(
        _held(),
        trading_state=TradingState.HALTED,
        trading_state_why="me: looks odd",
        is_store_up=False,
        not_ready={"bybit": "stream is down: gone"},
    )
    text = _shown(halted, [], None)
    for words in ("HALTED", "me: looks odd", "DATABASE DOWN", "bybit: stream is down: gone"):
        assert words in text


def test_with_several_exchanges_it_is_seen_where_new_legs_go() -> None:
    """And whose money is not known now."""
    state = two_ready()
    steps(state, StreamDown(exchange="bybit", reason="gone", ts_init_us=NOW_US))
    status = report_status(state)
    assert "new legs to bybit" in plain_line(status)
    assert "bybit equity not known now: stream is down" in _shown(status, [], None)


def test_a_core_that_knows_nothing_shows_nothing_made_up() -> None:
    """A dash where there is no price."""
    status = report_status(EngineState(config=a_core_config()))
    text = _shown(status, [], None)
    assert "BTCUSDT –" in text
    assert "no leg was opened yet" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (_held(), "legs: BTCUSDT-1 0.01"),
        (_held(), "result -0.28 USDT"),
        (report_status(a_ready_state()), "legs: none open"),
        (report_status(EngineState(config=a_core_config())), "market –"),
    ],
)
def test_a_pipe_gets_one_line(status: CoreStatus, words: str) -> None:
    """Plain text, with the result after fees."""
    line = plain_line(status)
    assert words in line
    assert "\n" not in line


def test_a_result_is_rounded_for_people_only() -> None:
    """The status keeps every digit."""
    assert _held().legs[0].commission == Decimal("0.275")


def test_what_the_book_may_lose_is_seen_with_what_that_rests_on() -> None:
    """The figures, the worst day for what is open, and whether there is a past at all."""
    status = _held()
    assert status.book is not None
    unknown = replace(status.book, value_at_risk=Decimal("292.5"), is_measured=False)
    text = _shown(replace(status, book=unknown), [], None)
    assert "book loses in 60 min at 99.0 %: 292" in text
    assert "no past: worst fall on record" in text
    assert "open legs on a day as 2020-03-12 March 2020 lose 226" in text
    known = replace(unknown, is_measured=True, returns=215, period_s=3600)
    assert "215 returns of 60 min" in _shown(replace(status, book=known), [], None)
    assert "at risk 292 USDT | legs:" in plain_line(replace(status, book=known))
    silent = replace(status, book=None)
    assert "book loses" not in _shown(silent, [], None)
    assert "at risk" not in plain_line(silent)
