"""The bot's kernels are compiled once; what cannot be loaded is for the checks to judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from readiness.context import Context, Scope
from readiness.kernels import compile_kernels
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[3]


def _context(root: Path, folder: Path) -> Context:
    return Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url="postgresql://nobody@127.0.0.1:1/none",
        folder=folder,
    )


@pytest.mark.slow
async def test_the_kernels_of_a_fresh_checkout_are_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of features and of trees, so that no program after it compiles anything."""
    kept = tmp_path / "kept"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(kept))
    await compile_kernels(_context(ROOT, tmp_path))
    names = {file.name.split("-")[0].split(".")[0] for file in kept.rglob("*.nbi")}
    assert names == {"kernel", "stream", "trees"}
    assert (tmp_path / "kernels.log").read_text("utf-8") == ""


async def test_a_bot_that_cannot_be_loaded_raises_nothing(tmp_path: Path) -> None:
    """What was said is kept, and the checks go on to find it themselves."""
    broken = tmp_path / "root"
    broken.mkdir()
    shutil.copytree(ROOT / "models", broken / "models")
    (broken / "bot_trading").mkdir()
    (broken / "bot_trading/__init__.py").write_text("raise SystemExit('no bot')\n", "utf-8")
    await compile_kernels(_context(broken, tmp_path))
    assert "no bot" in (tmp_path / "kernels.log").read_text("utf-8")
