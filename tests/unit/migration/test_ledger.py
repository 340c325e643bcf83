"""The migration's own tables: made once, exact, and bound to one source and one mapping."""

from __future__ import annotations

import psycopg
import pytest

from migration.databases import Connection
from migration.errors import MigrationError
from migration.ledger import (
    Progress,
    book,
    exists,
    make_ledger,
    note_step,
    read_progress,
    rejected_keys,
    remember_source,
    save_progress,
)
from migration.mapping import MigrationMapping


@pytest.fixture
def books(target: Connection, mapping: MigrationMapping) -> Connection:
    """A target in which a migration has begun."""
    make_ledger(target, mapping)
    target.commit()
    return target


def test_tables_are_made_in_a_schema_of_their_own(
    target: Connection, mapping: MigrationMapping
) -> None:
    """Nothing is there before, everything after, and nothing outside the schema."""
    assert not exists(target, mapping)
    make_ledger(target, mapping)
    assert exists(target, mapping)
    rows = target.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert rows == []


def test_a_table_of_history_has_the_converted_types(
    books: Connection, mapping: MigrationMapping
) -> None:
    """Types follow from conversions, and what may not be NULL in v2 may not be NULL here."""
    rows = books.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'migration.v2_signals'::regclass AND attnum > 0"
    ).fetchall()
    found = {name: (kind, required) for name, kind, required in rows}
    assert found["id"] == ("uuid", True)
    assert found["confidence_ratio"] == ("numeric(20,18)", True)
    assert found["event_at"] == ("timestamp with time zone", True)
    assert found["order_id"] == ("uuid", False)
    assert list(found) == list(mapping.flows[2].columns)


def test_a_key_is_mapped_once_per_flow(books: Connection) -> None:
    """The same key of one flow cannot be written down twice, that of another flow can."""
    insert = (
        "INSERT INTO migration.key_map (flow, source_table, source_key, target_id, digest)"
        " VALUES (%s, 'orders', 1, gen_random_uuid(), 0)"
    )
    books.execute(insert, ("a",))
    books.execute(insert, ("b",))
    with pytest.raises(psycopg.errors.UniqueViolation):
        books.execute(insert, ("a",))


def test_quarantine_without_a_reason_is_impossible(books: Connection) -> None:
    """A row is kept with at least one reason."""
    with pytest.raises(psycopg.errors.CheckViolation):
        books.execute(
            "INSERT INTO migration.quarantine VALUES ('a', 'orders', 1, '{}', '{}'::jsonb, 0)"
        )


def test_progress_is_what_was_saved_last(books: Connection, mapping: MigrationMapping) -> None:
    """A flow that has not begun has no key; afterwards the newest progress holds."""
    assert read_progress(books, mapping, "a") == Progress(last_key=None, finished=False)
    save_progress(books, mapping, "a", Progress(last_key=10, finished=False))
    save_progress(books, mapping, "a", Progress(last_key=20, finished=True))
    assert read_progress(books, mapping, "a") == Progress(last_key=20, finished=True)
    assert read_progress(books, mapping, "b").last_key is None


def test_a_target_belongs_to_one_source_and_one_mapping(
    books: Connection, mapping: MigrationMapping
) -> None:
    """The first source and mapping are remembered; others are refused."""
    remember_source(books, mapping, "source", "digest")
    remember_source(books, mapping, "source", "digest")
    with pytest.raises(MigrationError, match="another source"):
        remember_source(books, mapping, "other", "digest")
    with pytest.raises(MigrationError, match="another mapping"):
        remember_source(books, mapping, "source", "other")


def test_rejected_keys_are_told_by_table(books: Connection, mapping: MigrationMapping) -> None:
    """Keys of a flow's quarantine are found under its source table, merged rows apart."""
    insert = (
        "INSERT INTO migration.quarantine (flow, source_table, source_key, reasons, source_row,"
        " digest) VALUES (%s, %s, %s, '{x}', '{}'::jsonb, 0)"
    )
    for flow, table, key in (
        ("orders->public.orders", "orders", 3),
        ("orders->public.orders", "orders", 5),
        ("exchange_orders->public.orders", "exchange_orders", 7),
    ):
        books.execute(insert, (flow, table, key))
    found = rejected_keys(books, mapping, mapping.flows)
    assert found["orders"] == {3, 5}
    assert "exchange_orders" not in found
    assert found["trades"] == frozenset()


def test_steps_are_a_journal(books: Connection, mapping: MigrationMapping) -> None:
    """Each step is one line with its detail, in order."""
    note_step(books, mapping, "first", {"rows": 1})
    note_step(books, mapping, "second", {"when": {1: "x"}})
    assert book(mapping, "steps") == '"migration"."steps"'
    rows = books.execute("SELECT what, detail FROM migration.steps ORDER BY id").fetchall()
    assert [what for what, _ in rows] == ["first", "second"]
    assert rows[0][1] == {"rows": 1}
