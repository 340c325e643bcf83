"""The pure step itself."""

from __future__ import annotations

import typing

import pytest

from bot_trading.domain.messages import Event, SignalReceived, TimePassed
from bot_trading.engine import step as module
from bot_trading.engine.step import step
from tests.builders.core import NOW_US, a_ready_state, a_signal


def test_every_event_has_a_handler() -> None:
    """And there is none for anything else."""
    assert set(module._HANDLERS) == set(typing.get_args(Event))


def test_the_same_events_lead_to_the_same_commands() -> None:
    """Deterministic: no clock, no randomness, no order of a set."""
    events: list[Event] = [
        SignalReceived(signal=a_signal(), ts_init_us=NOW_US),
        TimePassed(ts_init_us=NOW_US + 5_000_000),
    ]
    first, second = a_ready_state(), a_ready_state()
    for event in events:
        assert step(first, event) == step(second, event)


def test_what_is_no_event_is_refused() -> None:
    """The supervisor turns it into a halt."""
    with pytest.raises(KeyError):
        step(a_ready_state(), "what")  # type: ignore[arg-type]
