"""Statements: they write columns that exist, and leave out only what has a value of its own."""

from __future__ import annotations

from bot_trading.storage.statements import COLUMNS, TABLES, commit_statement
from bot_trading.storage.tables import metadata


def test_columns_written_are_columns_of_the_tables() -> None:
    """Each column named is there, and each left out has a default or an identity."""
    for name, columns in COLUMNS.items():
        table = metadata.tables[name]
        assert set(columns) <= set(table.columns.keys())
        for column in table.columns:
            assert column.name in columns or column.server_default is not None or column.identity


def test_each_kind_reads_its_own_parameter() -> None:
    """Parameter n belongs to the nth kind, and no other parameter is asked for."""
    statement = commit_statement(TABLES)
    for number, name in enumerate(TABLES, 1):
        assert statement.count(f"${number}::json") == 1
        assert f"INSERT INTO {name} (" in statement
    assert f"${len(TABLES) + 1}" not in statement


def test_rows_come_after_what_they_refer_to() -> None:
    """Signals before orders before fills, for whoever reads the statement."""
    assert TABLES.index("signals") < TABLES.index("orders") < TABLES.index("fills")
