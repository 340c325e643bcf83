"""S01 to S09: tables, migrations, and SQL in code."""

from __future__ import annotations

from readiness.codelint.rulebook.entry import CRITICAL, HIGH, LOW, MEDIUM, Rule

__all__ = ["DATA"]

DATA = (
    Rule(
        "S01",
        CRITICAL,
        "Order table without its leg columns",
        "After a restart nobody knows which leg an order belongs to, or that it only closes.",
        "Add position_idx and reduce_only to the table and the model.",
    ),
    Rule(
        "S02",
        MEDIUM,
        "Quantity without a CHECK",
        "A negative or zero quantity is stored and later sent.",
        "Add CHECK (quantity > 0).",
    ),
    Rule(
        "S03",
        MEDIUM,
        "Side or status as free text",
        "Buy, BUY and buy are three sides; a mistyped status is a lost order.",
        "Use an enum type, or a CHECK with the list of values.",
    ),
    Rule(
        "S04",
        LOW,
        "Missing index on orders",
        "Recovery reads the whole table while positions are unprotected.",
        "Add indexes on (symbol, status) and on created_at.",
    ),
    Rule(
        "S05",
        HIGH,
        "Destructive migration",
        "Rows or columns are gone, and the old version cannot come back.",
        "Rename or copy first, drop in a later release.",
    ),
    Rule(
        "S06",
        HIGH,
        "Migration that cannot be undone",
        "A failed release has no way back.",
        "Write the downgrade, and test it.",
    ),
    Rule(
        "S07",
        HIGH,
        "Several heads of migrations",
        "Upgrade stops, or runs one branch only.",
        "Merge the heads.",
    ),
    Rule(
        "S08",
        HIGH,
        "Model and migration differ",
        "Writes fail at run time on the column that only one of them has.",
        "Add the missing migration, or mend the model.",
    ),
    Rule(
        "S09",
        HIGH,
        "SQL built from strings",
        "A quote in a value changes the statement: injection, or a broken query.",
        "Pass values as parameters; take identifiers from a fixed list.",
    ),
)
