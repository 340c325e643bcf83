"""Small tables kept as JSON: equal to the source after each call, and nothing more."""

from __future__ import annotations

import psycopg
import pytest

from migration import verbatim
from migration.databases import Connection
from migration.errors import MigrationError
from migration.ledger import make_ledger
from migration.mapping import MigrationMapping
from migration.verbatim import copy_verbatim, is_begun, read_verbatim


def _kept(target: Connection) -> list[tuple[object, ...]]:
    return target.execute(
        "SELECT source_table, source_key, source_row FROM migration.verbatim ORDER BY 2"
    ).fetchall()


def test_rows_are_kept_letter_by_letter(
    source: Connection, target: Connection, mapping: MigrationMapping
) -> None:
    """Every column is there, NULL included."""
    make_ledger(target, mapping)
    assert copy_verbatim(source, target, mapping) == 2
    assert _kept(target) == [
        ("config", "a", {"key": "a", "value": "1"}),
        ("config", "b", {"key": "b", "value": None}),
    ]


def test_only_what_differs_is_written(
    source: Connection, target: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """A second call is quiet; a changed, a new and a lost row are followed."""
    make_ledger(target, mapping)
    target.commit()
    assert not is_begun(target, mapping)
    copy_verbatim(source, target, mapping)
    assert is_begun(target, mapping)
    assert copy_verbatim(source, target, mapping) == 0
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE config SET value = '2' WHERE key = 'a'")
        connection.execute("DELETE FROM config WHERE key = 'b'")
        connection.execute("INSERT INTO config VALUES ('c', '3')")
    assert copy_verbatim(source, target, mapping) == 3
    assert [key for _, key, _ in _kept(target)] == ["a", "c"]


def test_a_large_table_is_refused(
    source: Connection, mapping: MigrationMapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit in memory is for a flow."""
    monkeypatch.setattr(verbatim, "VERBATIM_ROWS_MAX", 1)
    with pytest.raises(MigrationError, match="too many to keep verbatim"):
        read_verbatim(source, mapping, "config", "key")
