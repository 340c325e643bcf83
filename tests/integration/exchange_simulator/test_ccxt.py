"""Unmodified ccxt and ccxt.pro live a whole hedge-mode life, in an environment of their own.

ccxt is no dependency of this project. Point SIMULATOR_CCXT_PYTHON at an interpreter that has it.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.exchange_simulator.running import simulator

PYTHON = os.environ.get("SIMULATOR_CCXT_PYTHON", "")
LIFE = Path(__file__).parent / "ccxt_life.py"


@pytest.mark.skipif(not PYTHON, reason="SIMULATOR_CCXT_PYTHON names no interpreter with ccxt")
def test_a_whole_life() -> None:
    """Every step of the life succeeds and its facts agree."""
    with simulator("--speed", "60", "--limits", "off") as facts:
        done = subprocess.run(  # noqa: S603
            [PYTHON, str(LIFE), json.dumps(facts["bybit"])],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["opened"] == [["long", 0.05, "1"], ["short", 0.2, "2"]]
    assert seen["left"] == [0.0, 0.0]
    assert seen["errors"] == ["NoChange", "InvalidOrder", "BadRequest", "OrderNotFound"]
    assert seen["stream_order"] == ["closed", 0.1]
    assert seen["book_is_sound"]
