"""`--config readiness.yaml` as its user types it: a system nobody here wrote, and what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
BOT = "import os\n\nprint('no key was given', flush=True)\nos._exit(7)\n"


def _verified(folder: Path, text: str, output: Path) -> tuple[int, str, str]:
    """Exit code, what was said, and the complaints, for a file with this text."""
    file = folder / "readiness.yaml"
    file.write_text(text, encoding="utf-8")
    door = str(ROOT / "scripts/verify_migration.py")
    done = subprocess.run(  # noqa: S603 (our own door)
        [sys.executable, door, "--quick", f"--config={file}", f"--output={output}"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_bot_that_dies_still_gets_a_verdict(tmp_path: Path) -> None:
    """Its code is judged, what needs it running is BLOCKED with its last words, and a folder that
    cannot be written to is replaced."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/bot.py").write_text(BOT, encoding="utf-8")
    line = f'"{sys.executable} bot.py {{rest_url}}"'
    text = f"systems:\n  new: {{code: bot, bot: {line}, position_mode: hedge}}\n"
    code, said, complained = _verified(tmp_path, text, Path("/proc/nowhere"))
    assert code == 2, complained
    verdict = yaml.safe_load(said)
    assert verdict["migration_status"] == "NOT_READY"
    assert verdict["confidence"] == "0%"
    outcomes = {name: told.split()[0] for name, told in verdict["checks"].items()}
    unseen = dict.fromkeys(("Database Schema", "Data Integrity", "Performance"), "BLOCKED")
    assert outcomes == {**unseen, "Code": "PASSED", "Exchange APIs": "BLOCKED"}
    assert "old.database_url" in verdict["checks"]["Data Integrity"]
    assert "ended by itself with 7" in verdict["checks"]["Exchange APIs"]
    assert "no key was given" in verdict["checks"]["Exchange APIs"]
    assert "/proc/nowhere cannot be written to" in complained


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("systems:\n  new: {code: .}\nsystem: 1\n", "`system`"),
        ("systems:\n  new: {code: ., bots: x}\n", "`bots`"),
        ("systems:\n  new: {code: .}\nverdict: {confidence_min: 1}\n", "`$.verdict`"),
    ],
)
def test_a_key_that_is_not_known_is_refused(tmp_path: Path, text: str, named: str) -> None:
    """Before anything is looked at: 3, and the key's place in one sentence."""
    code, said, complained = _verified(tmp_path, text, tmp_path / "report")
    assert (code, said) == (3, "")
    assert named in complained
    assert not (tmp_path / "report").exists()


def test_databases_that_cannot_be_read_hide_nothing(tmp_path: Path) -> None:
    """Another dialect is named by both of their checks, and the code is judged all the same."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/bot.py").write_text(BOT, encoding="utf-8")
    mapping = ROOT / "migration/v2_to_v3.yaml"
    text = "systems:\n  new: {code: bot, database_url: 'mysql://me:hunter2@db/x'}\n"
    text += f"  old: {{database_url: 'sqlite:///old.db'}}\n  mapping: {mapping}\n"
    code, said, complained = _verified(tmp_path, text, tmp_path / "report")
    assert code == 2, complained
    checks = yaml.safe_load(said)["checks"]
    for name in ("Database Schema", "Data Integrity"):
        assert checks[name].startswith("BLOCKED")
        assert "the source begins with 'sqlite'" in checks[name]
    assert checks["Code"].startswith("PASSED")
    assert "hunter2" not in said + complained
