"""The verifier's command lines, run as programs: exit codes, files, bad options, signals."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DATABASE_SCRIPT = "scripts/verify_database_migration.py"


async def _run(
    *arguments: str, root: Path = ROOT, environ: dict[str, str] | None = None
) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(root / arguments[0]), *arguments[1:]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environ or {})},
    )
    said, complained = await process.communicate()
    return process.returncode or 0, said.decode(), complained.decode()


async def test_a_verdict_is_printed_written_and_becomes_the_exit_code(tmp_path: Path) -> None:
    """YAML on standard output equals the file; progress goes elsewhere; READY ends with 0."""
    options = ("--quick", f"--output={tmp_path / 'a folder'}")
    code, said, complained = await _run(DATABASE_SCRIPT, *options)
    verdict = yaml.safe_load(said)
    assert verdict["migration_status"] == "READY"
    assert code == 0
    assert verdict["checks"]["Database Schema"].startswith("PASSED")
    assert verdict["checks"]["Data Integrity"].startswith("PASSED")
    assert (tmp_path / "a folder/verdict.yaml").read_text("utf-8") == said
    assert json.loads((tmp_path / "a folder/report.json").read_text("utf-8"))["version"] == 1
    steps = [line for line in complained.splitlines() if line.startswith("[")]
    assert steps == ["[1/3] environment", "[2/3] database", "[3/3] report"]


@pytest.mark.parametrize(
    "script",
    [
        "verify_migration.py",
        "verify_database_migration.py",
        "analyze_code_migration.py",
        "benchmark_v3_performance.py",
    ],
)
async def test_every_script_explains_itself_and_refuses_strangers(script: str) -> None:
    """--help ends with 0; an unknown option ends with 3, never with a verdict's code."""
    code, said, _ = await _run(f"scripts/{script}", "--help")
    assert code == 0
    assert "--quick" in said
    code, said, complained = await _run(f"scripts/{script}", "--quik")
    assert (code, said) == (3, "")
    assert "--quik" in complained


async def test_a_duration_of_nothing_is_refused() -> None:
    """A dry run has at least one second."""
    code, _, complained = await _run("scripts/verify_migration.py", "--duration=0")
    assert code == 3
    assert "--duration" in complained


async def test_a_database_that_cannot_be_used_means_could_not_run(tmp_path: Path) -> None:
    """Without a database nothing is verified: 3, one sentence, no verdict."""
    nobody_listens = {"DATABASE_URL": "postgresql://me@127.0.0.1:1/none"}
    code, said, complained = await _run(
        DATABASE_SCRIPT, f"--output={tmp_path}", environ=nobody_listens
    )
    assert (code, said) == (3, "")
    assert "could not run:" in complained
    assert os.listdir(tmp_path) == []
    code, _, complained = await _run(DATABASE_SCRIPT, environ={"DATABASE_URL": "mysql://me@db/x"})
    assert code == 3
    assert "DATABASE_URL begins with 'mysql'" in complained


async def test_an_unknown_threshold_means_could_not_run(tmp_path: Path) -> None:
    """A typing error in readiness.yaml is refused before anything is looked at."""
    root = tmp_path / "a checkout"
    parts = ("bot_trading", "exchange_simulator", "legacy_v2", "readiness", "scripts", "config")
    for part in parts:
        shutil.copytree(ROOT / part, root / part)
    file = root / "config/readiness.yaml"
    file.write_text(file.read_text("utf-8").replace("coverage_min", "coverage_mini"), "utf-8")
    driver = "from readiness.door import open_door; open_door('verify_code')"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", driver),
        cwd=root,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complained = await process.communicate()
    assert process.returncode == 3
    assert "coverage_mini" in complained.decode().replace("\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interruption_gives_no_verdict(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and a request to terminate end the run with 3, quickly and without a report."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "scripts/verify_migration.py")),
        *("--quick", f"--output={tmp_path}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    program_of_a_check = tmp_path / "resilience_0.log"
    while not program_of_a_check.exists():
        assert process.returncode is None
        await asyncio.sleep(0.1)
    process.send_signal(number)
    said, complained = await process.communicate()
    assert (process.returncode, said) == (3, b"")
    assert b"interrupted" in complained
    assert not (tmp_path / "verdict.yaml").exists()
