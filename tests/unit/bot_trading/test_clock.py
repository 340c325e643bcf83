"""The only clock of the bot."""

from __future__ import annotations

from datetime import UTC, datetime

from bot_trading.clock import now_ms, now_us


def test_instants_are_utc_since_the_epoch() -> None:
    """In the unit that the name says, between two readings of another clock."""
    before = datetime.now(UTC).timestamp()
    microseconds, milliseconds = now_us(), now_ms()
    after = datetime.now(UTC).timestamp()
    assert before - 1 <= microseconds / 1e6 <= after + 1
    assert before - 1 <= milliseconds / 1e3 <= after + 1
    assert isinstance(microseconds, int)
