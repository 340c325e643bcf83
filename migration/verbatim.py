"""Small tables of v2 that v3 has no use for, kept row by row as JSON."""

from __future__ import annotations

from migration.databases import Connection, blame
from migration.errors import MigrationError
from migration.ledger import book
from migration.mapping import MigrationMapping
from migration.sql_text import ident, qualified

__all__ = ["VERBATIM_ROWS_MAX", "copy_verbatim", "is_begun", "read_verbatim"]

VERBATIM_ROWS_MAX = 100_000

Rows = dict[str, str]


def read_verbatim(source: Connection, mapping: MigrationMapping, table: str, key: str) -> Rows:
    """Rows as JSON text by key. Raises MigrationError for a table that is not small."""
    name = qualified(mapping.source.schema, table)
    with blame("source"):
        rows = source.execute(
            f"SELECT {ident(key)}::text, to_jsonb(t)::text FROM {name} AS t"  # noqa: S608
            f" LIMIT {VERBATIM_ROWS_MAX + 1}"
        ).fetchall()
        source.rollback()
    if len(rows) > VERBATIM_ROWS_MAX:
        raise MigrationError(
            f"{table} has more than {VERBATIM_ROWS_MAX:,} rows, too many to keep verbatim: map it"
            " by a flow"
        )
    return dict(rows)


def is_begun(target: Connection, mapping: MigrationMapping) -> bool:
    """Whether any row is kept already."""
    with blame("target"):
        query = f"SELECT EXISTS (SELECT FROM {book(mapping, 'verbatim')})"  # noqa: S608
        found = target.execute(query).fetchone()
        target.rollback()
    return bool(found and found[0])


def copy_verbatim(source: Connection, target: Connection, mapping: MigrationMapping) -> int:
    """Make the kept rows equal to the source's; how many differed."""
    changed = 0
    books = book(mapping, "verbatim")
    for table, kept in mapping.verbatim.items():
        now = read_verbatim(source, mapping, table, kept.key)
        with blame("target"):
            before: Rows = dict(
                target.execute(
                    f"SELECT source_key, source_row::text FROM {books} WHERE source_table = %s",  # noqa: S608
                    (table,),
                ).fetchall()
            )
            gone = sorted(before.keys() - now.keys())
            target.execute(
                f"DELETE FROM {books} WHERE source_table = %s AND source_key = ANY(%s)",  # noqa: S608
                (table, gone),
            )
            fresh = [(table, key, row) for key, row in now.items() if before.get(key) != row]
            with target.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {books} (source_table, source_key, source_row)"  # noqa: S608
                    " VALUES (%s, %s, %s) ON CONFLICT (source_table, source_key)"
                    " DO UPDATE SET source_row = excluded.source_row",
                    fresh,
                )
            target.commit()
        changed += len(gone) + len(fresh)
    return changed
