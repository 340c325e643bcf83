"""Each way in which a value is damaged gets its own name, and nothing that differs gets none."""

from __future__ import annotations

import pytest

from readiness.reconcile.damage import damages, name_of_damage
from readiness.reconcile.sides import Compared


def _column(kind: str, made_by: str) -> Compared:
    return Compared(name="c", kind=kind, made_by=made_by)


NUMBER = _column("numeric", "decimal")
TIME = _column("timestamptz", "instant")
TEXT = _column("text", "text")


@pytest.mark.parametrize(
    ("column", "before", "after", "name"),
    [
        (NUMBER, "1.5", None, "value-lost"),
        (NUMBER, None, "1.5", "value-invented"),
        (NUMBER, "1.5", "-1.5", "sign-flipped"),
        (NUMBER, "1.23456789", "1.2346", "number-rounded"),
        (NUMBER, "1.23456789", "1.2345", "number-rounded"),
        (NUMBER, "0.00000001", "0", "number-rounded"),
        (NUMBER, "1.1", "1.1000000000000001", "float-noise"),
        (NUMBER, "1.1", "1.2", "value-changed"),
        (NUMBER, "1.1", "110", "value-changed"),
        (NUMBER, "1.1", "NaN", "value-changed"),
        (TIME, "2026-01-01 00:00:00+00", "2026-01-01 03:00:00+00", "time-shifted"),
        (TIME, "2026-01-01 00:00:00+00", "2025-12-31 18:30:00+00", "time-shifted"),
        (TIME, "2026-01-01 00:00:00.123+00", "2026-01-01 00:00:00+00", "time-rounded"),
        (TIME, "2026-01-01 00:00:00+00", "2026-01-01 00:07:00+00", "value-changed"),
        (TIME, "2026-01-01 00:00:00+00", "infinity", "value-changed"),
        (TEXT, "a long note", "a long", "text-truncated"),
        (TEXT, "Note", "NOTE ", "text-reshaped"),
        (TEXT, "a", "b", "value-changed"),
        (_column("text", "enum"), "BUY", "SELL", "word-wrong"),
        (_column("text", "constant"), "v2", "main", "value-changed"),
        (_column("boolean", "boolean"), "true", "false", "value-changed"),
        (_column("bigint", "uuid"), "1", "-1", "reference-wrong"),
    ],
)
def test_a_damaged_value_is_named(
    column: Compared, before: str | None, after: str | None, name: str
) -> None:
    """The name says what happened on the way, by the column's type and both texts."""
    assert name_of_damage(column, before, after) == name


def test_values_in_each_others_column_are_swapped() -> None:
    """Both columns are named, and a third that differs keeps its own name."""
    found = [it[0] for it in damages([NUMBER, NUMBER, TEXT], ["1", "2", "a"], ["2", "1", "b"])]
    assert found == ["columns-swapped", "columns-swapped", "value-changed"]


def test_equal_values_are_no_damage() -> None:
    """What is the same on both sides is not reported, NULL included."""
    assert list(damages([NUMBER, TEXT], ["1", None], ["1", None])) == []
