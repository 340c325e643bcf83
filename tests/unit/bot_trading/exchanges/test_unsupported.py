"""Counting what is not understood."""

from __future__ import annotations

from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.exchanges.unsupported import KINDS_MAX, TEXT_MAX, UnsupportedCounter


def test_each_text_is_counted_and_published_while_streams_run() -> None:
    """Without a publisher a text is only counted; with one it is an event too."""
    events: list[Event] = []
    complain = UnsupportedCounter("bybit")
    complain("a word")
    complain.publish = events.append
    complain("a word")
    assert complain.counts == {"a word": 2}
    assert [(type(event), getattr(event, "what", "")) for event in events] == [
        (UnsupportedSeen, "a word")
    ]


def test_memory_stays_bounded() -> None:
    """Ever new and ever longer texts cannot fill memory."""
    complain = UnsupportedCounter("bybit")
    for number in range(KINDS_MAX + 500):
        complain(f"{number} " + "x" * 10_000)
    assert len(complain.counts) == KINDS_MAX + 1
    assert max(map(len, complain.counts)) <= TEXT_MAX
    assert sum(complain.counts.values()) == KINDS_MAX + 500
