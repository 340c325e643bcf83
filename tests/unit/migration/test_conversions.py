"""Conversions as SQL text: what is computed, and what tables of the migration's own hold."""

from __future__ import annotations

import pytest

from migration.conversions import (
    Names,
    Setting,
    back,
    created_type,
    decimal_of,
    differs_back,
    reasons,
    rounded,
    value,
)
from migration.mapping import (
    Boolean,
    Conversion,
    DecimalKind,
    Enum,
    Instant,
    Integer,
    Prefixed,
    Text,
    Uuid,
)

HERE = Setting(namespace="space", zone="UTC")
THERE = Setting(namespace="space", zone="Europe/Berlin")
NAMES = Names(x="x", d="d", v="v")
EXACT = DecimalKind(precision=20, scale=8, rounding="exact", sign="positive")
NAIVE = "timestamp without time zone"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EXACT, "numeric(20,8)"),
        (Instant(), "timestamp with time zone"),
        (Boolean(true_is=[1], false_is=[0]), "boolean"),
        (Uuid(of="orders"), "uuid"),
        (Text(), "text"),
        (Enum(words={"A": ["a"]}), "text"),
        (Prefixed(prefix="p", digits=3), "text"),
        (Integer(), "bigint"),
    ],
)
def test_a_table_of_the_migration_holds_the_converted_type(kind: Conversion, expected: str) -> None:
    """The column type follows from the conversion."""
    assert created_type(kind) == expected


def test_a_float_is_read_through_its_text() -> None:
    """A float never reaches NUMERIC by PostgreSQL's cast, which keeps 15 digits."""
    assert "x::text::numeric" in decimal_of("x", "double precision")
    assert decimal_of("x", "numeric(20,8)") == "nullif(x, 'NaN')"
    assert decimal_of("x", "integer") == "x::numeric"


def test_each_rounding_has_its_form() -> None:
    """`down` truncates, `half_up` and `exact` round as PostgreSQL does, `half_even` sees ties."""
    kinds = {
        name: rounded("d", DecimalKind(precision=9, scale=2, rounding=name))
        for name in ("half_even", "half_up", "down", "exact")
    }
    assert kinds["down"] == "trunc(d, 2)"
    assert kinds["half_up"] == kinds["exact"] == "round(d, 2)"
    assert "mod(trunc(d, 2) * 1e2, 2) = 0" in kinds["half_even"]


def test_clocks_are_looked_at_only_where_they_change() -> None:
    """UTC has neither gaps nor repeated hours; other zones may have both."""
    codes = {code for code, _ in reasons(Instant(), NAMES, NAIVE, HERE, None)}
    assert codes == {"not_a_time"}
    codes = {code for code, _ in reasons(Instant(), NAMES, NAIVE, THERE, None)}
    assert codes == {"not_a_time", "no_such_time", "two_such_times"}
    aware = "timestamp with time zone"
    assert {code for code, _ in reasons(Instant(), NAMES, aware, THERE, None)} == {"not_a_time"}
    assert value(Instant(), "x", aware, THERE) == back(Instant(), "x", aware, THERE) == "x"


def test_reasons_follow_from_parameters() -> None:
    """Only what was declared is demanded."""
    codes = [code for code, _ in reasons(EXACT, NAMES, "numeric(20,8)", HERE, None)]
    assert codes == ["not_a_number", "vanishes", "changed", "out_of_range", "sign"]
    free = DecimalKind(precision=20, scale=8, rounding="down")
    codes = [code for code, _ in reasons(free, NAMES, "numeric", HERE, None)]
    assert codes == ["not_a_number", "vanishes", "out_of_range"]
    codes = [code for code, _ in reasons(Text(), NAMES, "text", HERE, None)]
    assert codes == ["empty"]
    codes = [code for code, _ in reasons(Text(pattern="a"), NAMES, "text", HERE, 5)]
    assert codes == ["empty", "pattern", "too_long"]
    assert list(reasons(Integer(), NAMES, "bigint", HERE, None)) == []


def test_what_cannot_be_lost_needs_no_residue() -> None:
    """Texts, instants, ids, and exact numbers of a declared scale come back by themselves."""
    kept: list[tuple[Conversion, str]] = [
        (Text(), "text"),
        (Instant(), NAIVE),
        (Uuid(of="orders"), "integer"),
        (EXACT, "numeric(20,8)"),
        (EXACT, "integer"),
    ]
    for kind, source_type in kept:
        assert differs_back(kind, NAMES, source_type, HERE) == ""
    lossy: list[tuple[Conversion, str]] = [
        (EXACT, "double precision"),
        (EXACT, "numeric"),
        (Enum(words={"A": ["a"]}), "text"),
        (Boolean(true_is=[1], false_is=[0]), "smallint"),
    ]
    for kind, source_type in lossy:
        assert differs_back(kind, NAMES, source_type, HERE)


def test_quotes_in_words_stay_inside_their_constants() -> None:
    """A spelling with a quote cannot end the statement's constant."""
    kind = Enum(words={"O'NEIL": ["o'neil"]})
    text = value(kind, "x", "text", HERE)
    assert "'o''neil'" in text
    assert "'O''NEIL'" in text
    assert "'O''NEIL'" in back(kind, "v", "text", HERE)


def test_booleans_compare_as_postgresql_prints_them() -> None:
    """A true boolean of v2 is the text `true`."""
    text = value(Boolean(true_is=[True], false_is=[False, 0]), "x", "boolean", HERE)
    assert "IN ('true')" in text
    assert "IN ('false', '0')" in text
