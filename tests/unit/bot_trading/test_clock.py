"""The only clock of the bot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot_trading.clock import now, now_ms, now_us, told_by


def test_instants_are_utc_since_the_epoch() -> None:
    """In the unit that the name says, between two readings of another clock."""
    before = datetime.now(UTC).timestamp()
    microseconds, milliseconds = now_us(), now_ms()
    after = datetime.now(UTC).timestamp()
    assert before - 1 <= microseconds / 1e6 <= after + 1
    assert before - 1 <= milliseconds / 1e3 <= after + 1
    assert isinstance(microseconds, int)


def test_a_simulation_tells_the_time_until_it_ends() -> None:
    """Within it every reader hears the same virtual instant, and nobody afterwards."""
    with told_by(lambda: 1_780_000_000_123_456_789):
        assert now_us() == 1_780_000_000_123_456
        assert now_ms() == 1_780_000_000_123
        assert now() == datetime(2026, 5, 28, 20, 26, 40, 123456, tzinfo=UTC)
    assert now_us() != 1_780_000_000_123_456


def test_the_clock_is_given_back_after_an_error() -> None:
    """A simulation that failed leaves no wrong time behind."""
    with pytest.raises(ZeroDivisionError), told_by(lambda: 0):
        _ = 1 // now_us()
    assert now_us() > 0
