"""The check of what our bot sends: its settings and its scenarios fit each other."""

from __future__ import annotations

from pathlib import Path

from readiness.settings import read_settings
from readiness.wire.scenarios import MARKETS, SCENARIOS, quick_sessions

ROOT = Path(__file__).resolve().parents[4]


def test_every_fault_by_time_comes_within_its_session() -> None:
    """A fault after the end would never strike, and block the check for nothing."""
    told = read_settings(ROOT / "config/readiness.yaml").exchange_apis
    for scenario in SCENARIOS:
        times = [at for rule in scenario.faults for at in rule.get("at_s", ())]
        assert not times or times[0] < max(told.full_session_s, scenario.seconds) - 10
    for _, scenario in quick_sessions(MARKETS):
        times = [at for rule in scenario.faults for at in rule.get("at_s", ())]
        assert not times or times[0] < max(told.quick_session_s, scenario.seconds) - 5
