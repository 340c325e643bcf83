"""Unmodified ccxt and ccxt.pro live a whole hedge-mode life, in an environment of their own."""

from pathlib import Path

import pytest

from tests.system.exchange_simulator.client_environments import live
from tests.system.exchange_simulator.running import simulator


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_whole_life() -> None:
    """Every step of the life succeeds and its facts agree."""
    with simulator("--speed", "60", "--limits", "off") as facts:
        seen = live("ccxt", Path(__file__).parent / "ccxt_life.py", facts["bybit"])
    assert seen["opened"] == [["long", 0.05, "1"], ["short", 0.2, "2"]]
    assert seen["left"] == [0.0, 0.0]
    assert seen["errors"] == ["NoChange", "InvalidOrder", "BadRequest", "OrderNotFound"]
    assert seen["stream_order"] == ["closed", 0.1]
    assert seen["book_is_sound"]
