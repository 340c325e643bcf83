"""The Data Integrity check: an aged v2 database, really migrated, judged with measured power."""

from __future__ import annotations

import sys
from pathlib import Path

import asyncpg
import pytest

from bot_trading.storage import schema
from readiness.check import Outcome
from readiness.checks.data_integrity import UserDatabases, run, run_on
from readiness.context import Check, Context, Scope
from readiness.processes import run_program
from readiness.scratch_database import scratch_database
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Data Integrity", is_critical=True, run=run)


def _context(postgres_url: str, folder: Path, root: Path = ROOT) -> Context:
    return Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url=postgres_url,
        folder=folder,
    )


async def test_a_real_migration_passes_with_measured_power(
    postgres_url: str, tmp_path: Path
) -> None:
    """Aged, migrated, clean; every kind of damage that was planted afterwards was seen."""
    result = await run(CHECK, _context(postgres_url, tmp_path))
    assert result.outcome is Outcome.PASSED, (result.reason, result.findings)
    assert result.coverage_ratio == 1.0
    assert result.recall is not None
    assert result.recall.caught == result.recall.seeded >= 25, result.evidence[-1].measured


async def test_without_a_migration_nothing_is_claimed(postgres_url: str, tmp_path: Path) -> None:
    """Where there is no migration the check is BLOCKED and names the file that is missing."""
    result = await run(CHECK, _context(postgres_url, tmp_path, root=tmp_path))
    assert result.outcome is Outcome.BLOCKED
    assert "migration/v2_to_v3.yaml is not there" in result.reason


@pytest.mark.parametrize(
    ("source_url", "mapping", "sentence"),
    [
        ("mysql://me@db/x", "migration/v2_to_v3.yaml", "the source begins with 'mysql'"),
        ("postgresql://me@127.0.0.1:1/x", "nowhere.yaml", "cannot read the mapping"),
    ],
)
async def test_what_cannot_be_checked_is_blocked_in_a_sentence(
    source_url: str, mapping: str, sentence: str, postgres_url: str, tmp_path: Path
) -> None:
    """A wrong URL or mapping of the user is one sentence, never a verdict on the data."""
    databases = UserDatabases(
        source_url=source_url, target_url=postgres_url, mapping=ROOT / mapping
    )
    result = await run_on(CHECK, _context(postgres_url, tmp_path), databases)
    assert result.outcome is Outcome.BLOCKED
    assert sentence in result.reason
    assert "Traceback" not in result.reason


async def test_two_empty_databases_prove_nothing(postgres_url: str, tmp_path: Path) -> None:
    """Where no row was compared the check is BLOCKED: the wrong database may have been named."""
    async with scratch_database(postgres_url) as old, scratch_database(postgres_url) as new:
        await schema.upgrade(new)
        connection = await asyncpg.connect(old)
        try:
            await connection.execute((ROOT / "legacy_v2/schema.sql").read_text(encoding="utf-8"))
        finally:
            await connection.close()
        done = await run_program(
            [sys.executable, "-m", "migration", "run", "--source", old, "--target", new],
            folder=ROOT,
            log=tmp_path / "migration.log",
            deadline_s=120,
        )
        assert done.exit_code == 0, done.last_words(3)
        databases = UserDatabases(
            source_url=old, target_url=new, mapping=ROOT / "migration/v2_to_v3.yaml"
        )
        result = await run_on(CHECK, _context(postgres_url, tmp_path), databases)
    assert result.outcome is Outcome.BLOCKED, result.findings
    assert "no row" in result.reason
