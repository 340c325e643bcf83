"""A candidate becomes current by its report alone, and a bad model leaves in one step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot_trading.ml.refusals import ArtifactRefused, PromotionRefused
from bot_trading.ml.registry import Slots, nominate, promote, read_slots, roll_back
from tests.builders.small_models import write_model


def report(sha256: str) -> dict[str, Any]:
    """A report that passes every gate."""
    side = {"ece": 0.01, "brier_skill": {"value": 0.03, "low": 0.01, "high": 0.05}}
    return {
        "model_sha256": sha256,
        "leaks": [{"name": "overlap", "passed": True, "measured": "0", "limit": "must be 0"}],
        "test": {"long": dict(side), "short": dict(side)},
        "shuffled": {"long": {"auc": 0.5}, "short": {"auc": 0.51}},
    }


def write_candidate(folder: Path, version: str, **changes: Any) -> None:
    found = write_model(folder, version)
    data = msgspec.json.encode(report(found.sha256) | changes)
    (folder / version / "report.json").write_bytes(data)
    nominate(folder, version)


def test_promotions_move_the_slots(tmp_path: Path) -> None:
    """The candidate becomes current and the current one previous; nothing else is kept."""
    assert read_slots(tmp_path) == Slots()
    write_candidate(tmp_path, "a")
    slots, gates = promote(tmp_path)
    assert (slots.current, slots.previous, slots.candidate) == ("a", None, None)
    assert all(gate.passed for gate in gates)
    write_candidate(tmp_path, "b")
    slots, _ = promote(tmp_path)
    assert read_slots(tmp_path) == slots
    assert (slots.current, slots.previous) == ("b", "a")
    nominate(tmp_path, "b")
    assert promote(tmp_path)[0].previous == "a"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_sha256": "00"}, "this very model"),
        ({"leaks": []}, "leak tests is missing"),
        (
            {
                "leaks": [
                    {"name": "overlap", "passed": False, "measured": "3", "limit": "must be 0"}
                ]
            },
            "leak test overlap is 3, must be 0",
        ),
        ({"test": {}}, "test.long.ece is missing"),
        (
            {"test": {"long": {"ece": 0.031}, "short": {"ece": 0.01}}},
            "test.long.ece is 0.0310, must be at most 0.03",
        ),
        (
            {"test": {"long": {"ece": 0.01, "brier_skill": {"low": -0.001}}}},
            "test.long.brier_skill.low is -0.0010, must be at least 0",
        ),
        ({"shuffled": {"long": {"auc": 0.56}}}, "shuffled.long.auc is 0.5600"),
    ],
)
def test_each_gate_keeps_a_candidate_out(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """A report that lacks or misses a gate names it, and nothing is promoted."""
    write_candidate(tmp_path, "a", **changes)
    with pytest.raises(PromotionRefused) as caught:
        promote(tmp_path)
    assert words in str(caught.value)
    assert read_slots(tmp_path).current is None


def test_a_candidate_without_a_report_or_none_is_refused(tmp_path: Path) -> None:
    """Nothing to promote, and a model that nobody reported on, are refused."""
    with pytest.raises(PromotionRefused, match="no candidate"):
        promote(tmp_path)
    write_model(tmp_path, "a")
    nominate(tmp_path, "a")
    with pytest.raises(PromotionRefused, match=r"report\.json cannot be read"):
        promote(tmp_path)


def test_rolling_back_withdraws_the_bad_one(tmp_path: Path) -> None:
    """The previous model is current again, and the fallback chain never meets the bad one."""
    for version in ("a", "b"):
        write_candidate(tmp_path, version)
        promote(tmp_path)
    slots = roll_back(tmp_path)
    assert (slots.current, slots.previous, slots.withdrawn) == ("a", None, ("b",))
    with pytest.raises(PromotionRefused, match="no previous model"):
        roll_back(tmp_path)


def test_rolling_back_to_a_damaged_model_is_refused(tmp_path: Path) -> None:
    """A previous model whose manifest is damaged does not become current."""
    for version in ("a", "b"):
        write_candidate(tmp_path, version)
        promote(tmp_path)
    (tmp_path / "a" / "manifest.json").write_bytes(b"{")
    with pytest.raises(ArtifactRefused):
        roll_back(tmp_path)
    assert read_slots(tmp_path).current == "b"


@pytest.mark.parametrize("data", [b"{", b'{"current": "../away"}', b'{"newest": "a"}'])
def test_a_damaged_registry_is_refused(tmp_path: Path, data: bytes) -> None:
    """A torn file, an unknown role and a name that leads elsewhere are refused."""
    (tmp_path / "registry.json").write_bytes(data)
    with pytest.raises(ArtifactRefused, match=r"registry\.json"):
        read_slots(tmp_path)
