"""`readiness.yaml`: every key must be there, none may be unknown, each bound is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.settings import SettingsRefused, read_settings

SHIPPED = Path(__file__).resolve().parents[3] / "config/readiness.yaml"


def test_the_shipped_file_is_valid() -> None:
    """The file in the repository reads without complaint."""
    settings = read_settings(SHIPPED)
    assert settings.dry_run.full_duration_s == 300
    assert settings.verdict.coverage_min_ratio == 0.95


def test_every_line_of_the_shipped_file_gives_its_reason() -> None:
    """Each threshold carries the reason for its value beside it."""
    values = [line for line in SHIPPED.read_text("utf-8").splitlines() if line.startswith("  ")]
    assert values
    assert all("#" in line for line in values)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "confidence_min_percent",
            "confidance_min_percent",
            r"confidance_min_percent.*\$\.verdict",
        ),
        ("confidence_min_percent: 80", "confidence_min_percent: 101", r"<= 100"),
        ("quick_check_s: 300", "quick_check_s: fast", r"`int`.*deadlines\.quick_check_s"),
        ("dry_run:", "dry-run:", r"dry-run"),
        ("quick_duration_s: 30", "quick_duration_s: 0", r">= 1"),
        ("coverage_min_ratio: 0.95", "coverage_min_ratio: 95", r"< 1"),
        ("verdict:", "verdict: [", r"correct that key"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A typing error, a value out of bounds or of another kind: file and key are named."""
    file = tmp_path / "readiness.yaml"
    file.write_text(SHIPPED.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(SettingsRefused, match=said) as refused:
        read_settings(file)
    assert str(file) in str(refused.value)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    """A threshold that is not there has no silent default."""
    file = tmp_path / "readiness.yaml"
    lines = SHIPPED.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "full_check_s" not in line), "utf-8")
    with pytest.raises(SettingsRefused, match="full_check_s"):
        read_settings(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Without the file nothing is demanded, so nothing is judged."""
    with pytest.raises(SettingsRefused, match="restore it"):
        read_settings(tmp_path / "readiness.yaml")
