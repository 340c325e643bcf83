"""The page of risk names what is there: controls, limits, files and tests."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot_trading.risk.checks import ENTRY_CONTROLS, EVERY_ORDER_CONTROLS
from bot_trading.risk.limits import RiskLimits

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/risk.md").read_text("utf-8")
TABLE = PAGE.partition("| Rule | Control |")[2].partition("\n\n")[0]
CONTROLS = [control.__name__ for control in (*EVERY_ORDER_CONTROLS, *ENTRY_CONTROLS)]
LIMITS = [field.name for field in fields(RiskLimits)]
ENDINGS = ("_max", "_min", "_max_usdt", "_max_bps", "_max_s", "_max_ms", "_min_ratio", "_max_ratio")


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_has_its_rule(name: str) -> None:
    """A control that no row names is met by no rule that an auditor could look up."""
    assert f"`{name}`" in TABLE


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w./]+\.py)`", PAGE))))
def test_every_file_that_is_named_is_there(name: str) -> None:
    """By its whole path, or beside another one of the page by its last part."""
    assert (ROOT / name).exists() or list(ROOT.glob(f"tests/**/{name}")), name


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_every_test_that_is_named_is_there(name: str) -> None:
    """A proof that was renamed proves nothing to who looks for it."""
    files = (ROOT / "tests").rglob("test_*.py")
    assert any(f"def {name}(" in file.read_text("utf-8") for file in files)


def test_every_limit_that_is_named_is_one() -> None:
    """A limit by another name would be looked for in vain."""
    named = {name for name in re.findall(r"`(\w+)`", TABLE) if name.endswith(ENDINGS)}
    assert len(named) > 20
    assert named <= set(LIMITS)


def test_every_number_of_the_configuration_is_on_the_page() -> None:
    """Exposures are named by their common ending; every other limit by itself."""
    named = [
        name for name in LIMITS if name not in PAGE and not name.endswith("_exposure_max_usdt")
    ]
    assert named == []
