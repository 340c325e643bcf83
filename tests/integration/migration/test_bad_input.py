"""What cannot be migrated is refused in one sentence, with exit code 2, and v2 stays as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from typer.testing import CliRunner

from migration.cli import app
from migration.errors import MigrationError
from migration.run import copy_all
from migration.verify import verify
from tests.integration.migration.conftest import (
    MAPPING,
    V2_TABLES,
    V3_TABLES,
    Databases,
)

Runner = Callable[..., str]
DISK_FULL = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM migration.v2_trades) >= 200 THEN
            RAISE EXCEPTION 'could not extend file: No space left on device'
                USING ERRCODE = 'disk_full';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER full_disk AFTER INSERT ON migration.v2_trades
        FOR EACH STATEMENT EXECUTE FUNCTION full_disk();
"""


@pytest.fixture
def refused(databases: Databases) -> Iterator[Runner]:
    """Give a command that must be refused; its sentence. v2 must be untouched afterwards."""
    before = databases.content("v2", V2_TABLES)

    def give(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 2, result.output
        *progress, said = result.stderr.splitlines()
        assert said.startswith("migration: ")
        assert not any("Traceback" in line for line in progress)
        return said

    yield give
    assert databases.content("v2", V2_TABLES) == before


def _sides(databases: Databases) -> list[str]:
    return ["--source", databases.v2, "--target", databases.v3]


def _changed(tmp_path: Path, change: Callable[[dict[str, object]], None]) -> str:
    """A copy of the mapping with a change."""
    raw = yaml.safe_load(MAPPING.read_text("utf-8"))
    change(raw)
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(raw), "utf-8")
    return str(path)


def test_swapped_sides_are_recognised(databases: Databases, refused: Runner) -> None:
    """v3's database as the source is refused, and said to be swapped."""
    said = refused("run", "--source", databases.v3, "--target", databases.v2)
    assert "swapped" in said
    assert databases.execute("v2", "SELECT to_regnamespace('migration') IS NULL") == [(True,)]


def test_two_databases_of_v2_are_refused(
    databases: Databases, refused: Runner, empty_v2: str
) -> None:
    """A target without v3's tables is refused, and v2's tables there are recognised."""
    said = refused("run", "--source", databases.v2, "--target", empty_v2)
    assert "swapped, or both are v2" in said


def test_one_database_for_both_sides_is_refused(databases: Databases, refused: Runner) -> None:
    """The same database as source and target is refused, however it is written."""
    said = refused("run", "--source", databases.v2, "--target", f"{databases.v2}&connect_timeout=9")
    assert "same database" in said


def test_a_target_without_schema_is_refused(
    databases: Databases, refused: Runner, postgres_url: str
) -> None:
    """A database that v3 has never seen is not written to."""
    said = refused("run", "--source", databases.v2, "--target", postgres_url)
    assert "no schema of v3" in said


def test_a_target_of_another_revision_is_refused(databases: Databases, refused: Runner) -> None:
    """An older schema of v3 must be upgraded first."""
    databases.execute("v3", "UPDATE alembic_version SET version_num = '0001'")
    assert "schema revision 0001" in refused("run", *_sides(databases))


def test_a_target_with_rows_is_refused(databases: Databases, refused: Runner) -> None:
    """Rows under the account of v2 that no migration brought stop the run before it begins."""
    databases.migrate()
    databases.execute("v3", "DROP SCHEMA migration CASCADE")
    said = refused("run", *_sides(databases))
    assert "not empty" in said
    assert databases.execute("v3", "SELECT to_regnamespace('migration') IS NULL") == [(True,)]


def test_rows_of_another_account_are_no_obstacle(databases: Databases) -> None:
    """A target in which v3 trades already, under its own account, can be migrated into."""
    databases.execute(
        "v3",
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose) VALUES ('BTCUSDT', 'BUY', 1, 'FILLED', 1,"
        " 'main', 'bybit', 'ent-1', 'MARKET', 'v3', 'ENTRY')",
    )
    databases.migrate()
    with databases.opened() as sides:
        assert verify(sides).holds
    assert databases.number("v3", "SELECT count(*) FROM orders WHERE account = 'main'") == 1


def test_a_mapping_that_misses_a_column_of_v2_is_refused(
    databases: Databases, refused: Runner, tmp_path: Path
) -> None:
    """A column that the file declares and no flow reads is named."""
    path = _changed(tmp_path, lambda raw: raw["flows"][1]["columns"].pop("is_maker"))  # type: ignore[index]
    assert "trades.is_maker" in refused("plan", *_sides(databases), "--mapping", path)


def test_a_column_that_only_v2_has_is_refused(databases: Databases, tmp_path: Path) -> None:
    """A column of v2 that the mapping does not know is another dialect."""
    databases.execute("v2", "ALTER TABLE orders ADD COLUMN leverage integer")
    result = CliRunner().invoke(app, ["run", *_sides(databases)])
    assert result.exit_code == 2
    assert "misses column orders.leverage" in result.stderr


def test_a_column_that_v3_misses_is_refused(
    databases: Databases, refused: Runner, tmp_path: Path
) -> None:
    """A required column of v3 that gets no value is named."""
    path = _changed(tmp_path, lambda raw: raw["flows"][0]["columns"].pop("origin"))  # type: ignore[index]
    said = refused("plan", *_sides(databases), "--mapping", path)
    assert "column origin of public.orders is missed" in said


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER TABLE trades ALTER COLUMN fee TYPE numeric", "trades.fee is numeric, expected"),
        ("ALTER TABLE orders RENAME COLUMN price TO px", "orders has no column price"),
        ("DROP TABLE balances", "no table balances"),
        ("CREATE TABLE audit (id int)", "a table audit that the mapping misses"),
    ],
)
def test_another_dialect_of_v2_is_refused(databases: Databases, statement: str, words: str) -> None:
    """Other tables, columns or types in v2 are told apart before anything is read."""
    databases.execute("v2", statement)
    result = CliRunner().invoke(app, ["run", *_sides(databases)])
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_unreachable_server_is_named(databases: Databases, refused: Runner, side: str) -> None:
    """The sentence says which side does not answer, and never the password."""
    nowhere = "postgresql://someone:secret-word@127.0.0.1:1/nothing"
    both = {"source": databases.v2, "target": databases.v3, side: nowhere}
    said = refused("plan", "--source", both["source"], "--target", both["target"])
    assert f"the {side} nothing on 127.0.0.1:1 cannot be reached" in said
    assert "secret-word" not in said


def test_a_full_disk_is_told_and_the_run_goes_on_later(
    databases: Databases, refused: Runner
) -> None:
    """PostgreSQL's error 53100 in the middle keeps whole batches; with room the run ends well."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with databases.opened() as sides, pytest.raises(KeyboardInterrupt):
        copy_all(sides, batch_rows=100, advance=stop)
    databases.execute("v3", DISK_FULL)
    said = refused("run", *_sides(databases), "--batch-rows", "100")
    assert "no room left" in said
    assert databases.number("v3", "SELECT count(*) FROM migration.v2_trades") == 100
    databases.execute("v3", "DROP FUNCTION full_disk CASCADE")
    databases.migrate()
    with databases.opened() as sides:
        assert verify(sides).holds


@pytest.mark.parametrize("side", ["v2", "v3"])
def test_a_lost_connection_is_told_and_the_run_goes_on_later(
    databases: Databases, side: str
) -> None:
    """A session that the server ends is one sentence; the next run brings the rest."""
    batches = threading.Semaphore(3)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
        " 'bot_trading migration' AND datname = current_database()"
    )

    def advance(*_: object) -> None:
        if not batches.acquire(blocking=False):
            databases.execute(side, cut)

    with (
        pytest.raises(MigrationError, match="connection was lost"),
        databases.opened() as sides,
    ):
        copy_all(sides, batch_rows=100, advance=advance)
    databases.migrate()
    with databases.opened() as sides:
        assert verify(sides).holds


def test_another_mapping_in_the_middle_is_refused(
    databases: Databases, refused: Runner, tmp_path: Path
) -> None:
    """A migration that has begun goes on with its own mapping only."""
    databases.migrate()
    before = databases.content("v3", V3_TABLES)

    def change(raw: dict[str, object]) -> None:
        raw["source"]["dialect"] = "another"  # type: ignore[index]

    said = refused("run", *_sides(databases), "--mapping", _changed(tmp_path, change))
    assert "another mapping" in said
    assert databases.content("v3", V3_TABLES) == before


def test_a_second_migration_at_the_same_time_is_refused(
    databases: Databases, refused: Runner
) -> None:
    """While one migration writes, another one into the same target ends at once."""
    with databases.opened() as sides:
        copy_all(sides, batch_rows=100, advance=lambda *_: None)
        assert "another migration" in refused("run", *_sides(databases))


def test_verify_before_the_end_is_refused(databases: Databases, refused: Runner) -> None:
    """What was not copied to the end cannot be verified, and is not said to be fine."""
    assert "not finished" in refused("verify", *_sides(databases))


def test_nothing_to_take_back_is_said(databases: Databases, refused: Runner) -> None:
    """A roll-back without a migration changes nothing."""
    assert "nothing to take back" in refused("rollback", "--target", databases.v3)


def test_a_role_without_rights_is_told(databases: Databases, refused: Runner) -> None:
    """A role that may not read v2 gets the server's own words."""
    name = f"stranger_{databases.v2.rpartition('_')[2].partition('?')[0]}"
    databases.execute("v2", f"CREATE ROLE {name} LOGIN PASSWORD 'word'")
    try:
        info = psycopg.conninfo.conninfo_to_dict(databases.v2, user=name, password="word")
        url = psycopg.conninfo.make_conninfo("", **info)
        said = refused("plan", "--source", url, "--target", databases.v3)
        assert "does not allow it (permission denied" in said
    finally:
        databases.execute("v2", f"DROP ROLE {name}")
