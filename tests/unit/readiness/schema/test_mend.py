"""Statements that mend are written for a reader too: what removes rows says so."""

from __future__ import annotations

import pytest

from readiness.check import Severity
from readiness.schema.difference import Difference
from readiness.schema.mend import mend
from readiness.schema.snapshot import SchemaObject


def _thing(kind: str, name: str, table: str = "", **facts: str) -> SchemaObject:
    return SchemaObject(kind=kind, name=name, table=table, facts=facts)


def _unexpected(thing: SchemaObject) -> str:
    difference = Difference(severity=Severity.LOW, fact="", expected=None, found=thing)
    return mend(difference, {}, {})


@pytest.mark.parametrize(
    ("thing", "statement"),
    [
        (_thing("table", "old"), 'DROP TABLE "old";'),
        (_thing("column", "orders.old", "orders"), 'ALTER TABLE "orders" DROP COLUMN "old";'),
    ],
)
def test_what_removes_rows_is_announced(thing: SchemaObject, statement: str) -> None:
    """A table or column that nobody expects holds somebody's rows."""
    assert _unexpected(thing).splitlines() == [
        "-- This removes rows: look at them before.",
        statement,
    ]


@pytest.mark.parametrize(
    ("thing", "statement"),
    [
        (_thing("index", "by_age", "orders"), 'DROP INDEX "by_age";'),
        (_thing("trigger", "orders.t", "orders"), 'DROP TRIGGER "t" ON "orders";'),
        (_thing("policy", "orders.p", "orders"), 'DROP POLICY "p" ON "orders";'),
        (_thing("view", "v", "v", materialized="yes"), 'DROP MATERIALIZED VIEW "v";'),
        (_thing("function", "f(integer)"), "DROP ROUTINE f(integer);"),
        (_thing("enum", "colour"), 'DROP TYPE "colour";'),
        (_thing("sequence", "s"), 'DROP SEQUENCE "s";'),
        (_thing("privilege", "t to bob", "t"), 'REVOKE ALL ON "t" FROM "bob";'),
        (_thing("privilege", "t to public", "t"), 'REVOKE ALL ON "t" FROM PUBLIC;'),
    ],
)
def test_the_rest_is_dropped_in_one_statement(thing: SchemaObject, statement: str) -> None:
    """Each kind of object has its own way to go."""
    assert _unexpected(thing) == statement


def test_names_are_quoted() -> None:
    """A name with a quotation mark or a capital letter stays that name."""
    assert _unexpected(_thing("index", 'By "Age"', "t")) == 'DROP INDEX "By ""Age""";'
