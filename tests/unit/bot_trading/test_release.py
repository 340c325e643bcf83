"""A release is known by its parts, and by nothing beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot_trading import settings
from bot_trading.release import release_of

ROOT = Path(__file__).resolve().parents[3]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout with every part."""
    for name in ("bot_trading/core.py", "unified_launcher.py", "requirements/dev.txt"):
        _write(tmp_path / name, f"# {name}")
    _write(tmp_path / "bot_trading/storage/migrations/versions/0001.py", "revision = 1")
    _write(tmp_path / "config/bot.yaml", "trading: {}")
    for version in ("a", "b", "c"):
        _write(tmp_path / "models" / version / "model.txt", version)
    _write(tmp_path / "models/registry.json", json.dumps({"current": "a", "previous": "b"}))
    return tmp_path


def _release(checkout: Path) -> dict[str, str]:
    return release_of(checkout, checkout / "config/bot.yaml", Path("models"))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("bot_trading/core.py", "code"),
        ("bot_trading/new.py", "code"),
        ("unified_launcher.py", "code"),
        ("requirements/dev.txt", "code"),
        ("bot_trading/storage/migrations/versions/0001.py", "schema"),
        ("config/bot.yaml", "configuration"),
        ("models/a/model.txt", "model"),
        ("models/b/model.txt", "model"),
        ("models/c/model.txt", ""),
        ("bot_trading/__pycache__/core.pyc", ""),
        ("README.md", ""),
        ("reports/1/report.json", ""),
    ],
)
def test_a_change_is_seen_in_its_part_alone(checkout: Path, name: str, part: str) -> None:
    """A model that does not serve, caches, words and reports are no part of what trades."""
    before = _release(checkout)
    _write(checkout / name, "changed")
    after = _release(checkout)
    assert set(after) == {"code", "configuration", "model", "schema"}
    assert [key for key in after if after[key] != before[key]] == ([part] if part else [])


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "bot_trading/core.py").rename(root / "bot_trading/other.py"),
        lambda root: _write(root / "models/registry.json", json.dumps({"current": "c"})),
    ],
)
def test_names_count_and_so_does_which_model_serves(
    checkout: Path, change: Callable[[Path], object]
) -> None:
    """The same bytes under another name are another release."""
    before = _release(checkout)
    change(checkout)
    assert _release(checkout) != before


def test_a_copy_of_the_configuration_is_the_same(checkout: Path) -> None:
    """What it says counts, not where it lies; without it there is no release."""
    copy = checkout / "mine.yaml"
    copy.write_bytes((checkout / "config/bot.yaml").read_bytes())
    assert release_of(checkout, copy, Path("models")) == _release(checkout)
    copy.unlink()
    with pytest.raises(FileNotFoundError):
        release_of(checkout, copy, Path("models"))


def test_this_checkout_has_a_release() -> None:
    """Its own parts are where they are looked for: no two digests are those of nothing."""
    release = release_of(ROOT, settings.DEFAULT_CONFIG, settings.load().strategy.model.folder)
    assert len(set(release.values())) == 4
