"""The Database Schema check, on the real migrations and on migrations that leave something."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from bot_trading.storage import schema
from readiness.check import Outcome
from readiness.checks.database_schema import run
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Database Schema", is_critical=True, run=run)


@pytest.fixture
def context(postgres_url: str, tmp_path: Path) -> Context:
    """A run on the test session's server."""
    return Context(
        root=ROOT,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url=postgres_url,
        folder=tmp_path,
    )


async def test_the_real_migrations_pass_with_measured_power(context: Context) -> None:
    """Up, down and up again; everything demanded is there, and all planted defects were seen."""
    result = await run(CHECK, context)
    assert result.outcome is Outcome.PASSED
    assert result.coverage_ratio == 1.0
    assert result.recall is not None
    assert result.recall.caught == result.recall.seeded >= 25
    assert "0 differences" in result.evidence[0].measured


async def test_a_way_down_that_leaves_something_is_found(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that stays behind after the way down is named, and the check fails."""
    real = schema.downgrade

    async def forget_one_table(url: str, target: str) -> None:
        await real(url, target)
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE forgotten (id integer PRIMARY KEY)")
        await connection.close()

    monkeypatch.setattr(schema, "downgrade", forget_one_table)
    result = await run(CHECK, context)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule_id for finding in result.findings] == [
        "schema-downgrade",
        "schema-upgrade",
    ]
    assert "forgotten stayed behind" in result.findings[0].message
