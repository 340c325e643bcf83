"""What is known of a table, wherever it was described."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Column", "Origin", "Table"]


class Origin(StrEnum):
    """Where a table was described."""

    SQL = "sql"
    MODEL = "model"
    MIGRATION = "migration"


@dataclass(eq=False, slots=True)
class Column:
    """One column; `kind` is the type as written, lower case; `line` is in the table's file."""

    name: str
    kind: str
    line: int
    has_check: bool = False
    is_reference: bool = False
    is_indexed: bool = False
    is_required: bool = False
    path: str = ""


@dataclass(eq=False, slots=True)
class Table:
    """One table: columns by name, texts of CHECK constraints, columns of each index."""

    name: str
    path: str
    line: int
    origin: Origin
    columns: dict[str, Column] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    is_partial: bool = False

    def is_checked(self, column: str) -> bool:
        """Whether a CHECK speaks of the column."""
        known = self.columns.get(column)
        if known is not None and known.has_check:
            return True
        return any(column in check.lower() for check in self.checks)
