"""The Database Schema check, on the real migrations and on migrations that leave something."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from bot_trading.storage import schema
from readiness.check import Outcome
from readiness.checks.data_integrity import UserDatabases
from readiness.checks.database_schema import run, run_on
from readiness.context import Check, Context, Scope
from readiness.scratch_database import scratch_database
from readiness.settings import read_settings
from tests.builders.migrated_pair import execute, make_pair

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Database Schema", is_critical=True, run=run)
EMPTY = "DO $$ DECLARE it text; BEGIN FOR it IN SELECT tablename FROM pg_tables WHERE schemaname ="
EMPTY += " 'public' LOOP EXECUTE format('TRUNCATE %I CASCADE', it); END LOOP; END $$"


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
    locks = {it.what: it.measured for it in result.evidence if "locks on tables" in it.what}
    assert locks["migration 0001: locks on tables in use"].startswith("none that blocks")
    assert "AccessExclusiveLock on fills" in locks["migration 0003: locks on tables in use"]


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


async def test_a_users_database_is_held_against_the_migrations(
    context: Context, database_url: str, tmp_path: Path
) -> None:
    """A lost index of the live database is found, with the statement that makes it again."""
    async with scratch_database(context.database_url) as source_url:
        pair = await make_pair(source_url, database_url, tmp_path, rows=50)
        await schema.upgrade(database_url)
        await execute(database_url, "DROP INDEX idx_orders_symbol_status")
        databases = UserDatabases(
            source_url=source_url, target_url=database_url, mapping=pair.mapping
        )
        result = await run_on(CHECK, context, databases)
    assert result.outcome is Outcome.FAILED
    lost = [it for it in result.findings if it.rule_id == "schema-index-differs"]
    assert [it.fix for it in lost] == [
        "CREATE INDEX idx_orders_symbol_status ON orders USING btree (symbol, status);"
    ]
    assert result.recall is not None
    assert result.recall.caught == result.recall.seeded >= 25
    assert any("live values" in it.measured for it in result.evidence)
    assert any("migration 0003" in it.what for it in result.evidence)


async def test_a_foreign_database_without_a_value_proves_nothing(
    context: Context, database_url: str, tmp_path: Path
) -> None:
    """With neither a schema of ours nor a value to convert there is nothing that it looked at."""
    async with scratch_database(context.database_url) as source_url:
        pair = await make_pair(source_url, database_url, tmp_path, rows=50)
        await execute(source_url, EMPTY)
        databases = UserDatabases(
            source_url=source_url, target_url=database_url, mapping=pair.mapping
        )
        result = await run_on(CHECK, context, databases)
    assert result.outcome is Outcome.BLOCKED
    assert "holds no value" in result.reason
