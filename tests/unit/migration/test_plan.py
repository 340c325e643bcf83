"""A plan, a run and a verification of a very small database, number by number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot_trading.storage import schema
from migration.databases import Connection
from migration.errors import MigrationError
from migration.plan import make_plan
from migration.run import Sides, begin, catch_up, catch_up_once, copy_all, count_rows, opened
from migration.verify import verify

MAPPING = Path(__file__).resolve().parents[3] / "migration/v2_to_v3.yaml"


@pytest.fixture
async def v3_url(database_url: str) -> str:
    """Address of a database with v3's tables."""
    await schema.upgrade(database_url)
    return database_url


@pytest.fixture
def sides(v2_url: str, v3_url: str) -> Iterator[Sides]:
    """Both databases, examined."""
    with opened(v2_url, v3_url, MAPPING) as both:
        yield both


def _copy(sides: Sides) -> None:
    copy_all(sides, batch_rows=2, advance=lambda *_: None)
    catch_up(sides, batch_rows=2)


def test_rows_are_counted_per_stream(sides: Sides) -> None:
    """Each stream is about the rows of its own table."""
    counts = count_rows(sides)
    assert counts["orders->public.orders"] == 3
    assert counts["exchange_orders->public.orders"] == 3
    assert counts["trades->migration.v2_trades"] == 3
    assert counts["signals->migration.v2_signals"] == 0


def test_a_plan_of_a_clean_database_copies_everything(sides: Sides) -> None:
    """Nothing would go into quarantine, and nothing was written."""
    found = make_plan(sides)
    assert not found.has_begun
    assert all(flow.would_copy == flow.rows for flow in found.flows)
    assert found.verbatim == ("config",)
    row = sides.target.execute("SELECT to_regnamespace('migration') IS NULL").fetchone()
    assert row == (True,)


def test_a_plan_follows_parents_into_quarantine(sides: Sides, v2_url: str) -> None:
    """A dirty order takes its merged row and its trades along, in the plan already."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE orders SET symbol = NULL WHERE id = 1")
    flows = {flow.flow: flow for flow in make_plan(sides).flows}
    assert flows["orders->public.orders"].reasons == {"symbol:missing": 1}
    assert flows["exchange_orders->public.orders"].reasons == {"order_id:parent": 1}
    assert flows["trades->migration.v2_trades"].reasons == {"order_id:parent": 2}
    assert flows["trades->migration.v2_trades"].would_copy == 1


def test_a_plan_says_that_a_migration_has_begun(sides: Sides) -> None:
    """A run would go on with it."""
    begin(sides)
    assert make_plan(sides).has_begun


def test_each_batch_is_told(sides: Sides) -> None:
    """Copied and rejected rows are told after each batch, with the stream's name."""
    told: list[tuple[str, int, int]] = []
    copy_all(sides, batch_rows=2, advance=lambda *batch: told.append(batch))
    assert told[:2] == [("orders->public.orders", 2, 0), ("orders->public.orders", 1, 0)]
    assert sum(copied for _, copied, _ in told) == 9


def test_beginning_twice_is_beginning_once(sides: Sides) -> None:
    """The same session may begin again; what is there stays."""
    begin(sides)
    begin(sides)
    rows = sides.target.execute("SELECT count(*) FROM migration.identity").fetchone()
    assert rows == (1,)


def test_what_is_not_finished_is_not_verified(sides: Sides) -> None:
    """Before the copy has ended there is no verdict."""
    with pytest.raises(MigrationError, match="not finished"):
        verify(sides)
    begin(sides)
    with pytest.raises(MigrationError, match="not finished"):
        verify(sides)


def test_a_sound_migration_holds(sides: Sides) -> None:
    """Every account, the verbatim rows and all sums agree."""
    _copy(sides)
    found = verify(sides)
    assert found.holds
    assert found.totals_compared == 20
    assert found.verbatim_changed == {"config": 0}
    assert found.homeless == {}
    assert found.reasons == {}


def _damage(target: Connection, statement: str) -> None:
    target.execute(statement)
    target.commit()


def test_an_account_names_examples(sides: Sides) -> None:
    """A wrong row of v3 is named by its key in v2."""
    _copy(sides)
    _damage(sides.target, "UPDATE migration.v2_trades SET last_px = 1 WHERE trade_id = 't2'")
    wrong = [account for account in verify(sides).accounts if not account.holds]
    assert [(account.flow, account.wrong_in_target) for account in wrong] == [
        ("trades->migration.v2_trades", 1)
    ]
    assert wrong[0].examples == ("v3's row of v2 row 2",)


def test_a_kept_row_that_changed_is_found(sides: Sides) -> None:
    """A verbatim row that was lost or altered counts."""
    _copy(sides)
    _damage(sides.target, "DELETE FROM migration.verbatim WHERE source_key = 'a'")
    found = verify(sides)
    assert found.verbatim_changed == {"config": 1}
    assert not found.holds


def test_a_quarantine_that_was_emptied_is_found(sides: Sides, v2_url: str) -> None:
    """A row that is neither copied nor kept aside is missing."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE trades SET fee = NULL WHERE id = 3")
    _copy(sides)
    assert verify(sides).holds
    _damage(sides.target, "DELETE FROM migration.quarantine WHERE source_table = 'trades'")
    account = next(each for each in verify(sides).accounts if each.flow.startswith("trades"))
    assert not account.holds
    assert account.changed_at_source == 1
    assert account.source_rows == account.copied + account.quarantined + 1


def test_a_round_without_changes_is_quiet(sides: Sides) -> None:
    """Catching up twice finds nothing the second time, and writes no step for it."""
    _copy(sides)
    assert catch_up_once(sides, batch_rows=2) == 0
    steps = sides.target.execute("SELECT what, detail FROM migration.steps").fetchall()
    assert steps == []
