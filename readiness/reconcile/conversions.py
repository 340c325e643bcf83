"""The mapping's conversions, written once more in SQL: a value, and whether it converts at all.

Each works on an expression of the source, and gives a value of a plain type on which both sides
can be compared: text, numeric, boolean, bigint or timestamptz. None of them raises on a dirty
value. An id is compared as the key that it holds.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from readiness.reconcile.mapping import Conversion

__all__ = [
    "COMPARED_AS",
    "KEY_END",
    "key_of_reference_sql",
    "key_of_uuid_sql",
    "literal",
    "quoted",
    "refusal_sql",
    "uuid_of_key",
    "value_sql",
]

COMPARED_AS = {
    "text": "text",
    "enum": "text",
    "prefixed": "text",
    "decimal": "numeric",
    "integer": "numeric",
    "instant": "timestamptz",
    "boolean": "boolean",
    "uuid": "bigint",
}
KEY_END = 1 << 48  # Keys from here on are refused: twelve digits of an id hold the rest.
NAIVE = "timestamp without time zone"
BYTES_ARE_NUMBERS = 18  # The version of PostgreSQL from which on bytea casts to bigint.


def quoted(name: str) -> str:
    """An identifier, `schema.table` included, as SQL spells it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def literal(value: str) -> str:
    """A text constant as SQL spells it."""
    return "'" + value.replace("'", "''") + "'"


def uuid_of_key(key: int, namespace: str, table: str) -> UUID:
    """The id that the row with this key gets, below KEY_END; the key's order is the id's order."""
    return UUID(f"{_prefix(namespace, table)}{key:012x}")


def key_of_uuid_sql(column: str, version: int) -> str:
    """The key that such an id holds, as bigint; `version` is the server's major one.

    From version 18 on the six bytes that hold it are a number by one cast, a sixth of the cost.
    """
    if version >= BYTES_ARE_NUMBERS:
        return f"substr(uuid_send({column}::uuid), 11)::bigint"
    return f"('x' || right({column}::text, 12))::bit(48)::bigint"


def key_of_reference_sql(column: str, namespace: str, table: str, version: int) -> str:
    """The key that an id of this table's rows holds; -1 for an id that is none of theirs."""
    first, last = (uuid_of_key(key, namespace, table) for key in (0, KEY_END - 1))
    key = key_of_uuid_sql(column, version)
    return (
        f"CASE WHEN {column}::uuid BETWEEN '{first}' AND '{last}' THEN {key}"
        f" WHEN {column} IS NOT NULL THEN -1 END"
    )


def value_sql(conversion: Conversion, value: str, kind: str, zone: str) -> str:
    """The converted value of the expression `value`, whose declared type is `kind`.

    A decimal's expression is numeric already. Where the value does not convert the result is
    some value or NULL: such rows belong into quarantine and are looked at there. Without a
    `zone` a naive time is one of the session's zone, which the server need not look up per row.
    """
    match conversion.kind:
        case "enum":
            return f"CASE {value} {_spelled(conversion)} {_branches(conversion, value)} END"
        case "decimal":
            return _rounded(conversion, value)
        case "instant":
            if kind != NAIVE:
                return value
            return f"({value} AT TIME ZONE {literal(zone)})" if zone else f"{value}::timestamptz"
        case "boolean":
            return (
                f"CASE WHEN {_one_of(value, conversion.true_is)} THEN true"
                f" WHEN {_one_of(value, conversion.false_is)} THEN false END"
            )
        case "integer":
            return f"{value}::numeric"
        case "uuid":
            return f"{value}::bigint"
        case "prefixed":
            digits = f"greatest({conversion.digits}, length({value}::text))"
            return f"{literal(conversion.prefix)} || lpad({value}::text, {digits}, '0')"
        case _:
            return f"{value}::text"


def refusal_sql(
    conversion: Conversion, value: str, kind: str, zone: str, length: int | None
) -> str:
    """Is this value, which is not NULL, one that does not convert? `length` bounds a text."""
    tests: list[str] = []
    match conversion.kind:
        case "text":
            tests.append(f"btrim({value}) = ''")
            if conversion.pattern:
                tests.append(f"{value} !~ {literal(conversion.pattern)}")
            if length is not None:
                tests.append(f"length({value}) > {length}")
        case "enum" | "boolean":
            tests.append(f"({value_sql(conversion, value, kind, zone)}) IS NULL")
        case "decimal":
            tests += _refused_decimals(conversion, value)
        case "instant":
            tests += _refused_instants(value, kind, zone)
        case "uuid" | "prefixed":
            tests.append(f"{value} < 0")
    return " OR ".join(tests) or "false"


def _prefix(namespace: str, table: str) -> str:
    """All but the last twelve digits of each id of a table's rows, whose keys are below 2^48.

    An id is the table's twelve digits, 8, three digits of the key, 8, and fifteen more of it.
    """
    name = f"{namespace}/{table}".encode()
    digits = hashlib.md5(name, usedforsecurity=False).hexdigest()[:12]
    return f"{digits}80008000"


def _spelled(conversion: Conversion) -> str:
    """The spellings as the mapping has them, and all small or large: nearly every row's."""
    spelled: dict[str, str] = {}
    for word, spellings in conversion.words.items():
        for spelling in filter(str.isascii, spellings):
            for form in (spelling, spelling.lower(), spelling.upper()):
                spelled.setdefault(form, word)
    return " ".join(f"WHEN {literal(form)} THEN {literal(word)}" for form, word in spelled.items())


def _branches(conversion: Conversion, value: str) -> str:
    """The other forms of the same words: in another case, with spaces around."""
    forms = " ".join(
        f"WHEN {literal(spelling.strip().lower())} THEN {literal(word)}"
        for word, spellings in conversion.words.items()
        for spelling in spellings
    )
    return f"ELSE CASE lower(btrim({value})) {forms} END"


def _one_of(value: str, numbers: list[int]) -> str:
    return " OR ".join(f"{value}::int = {int(number)}" for number in numbers) or "false"


def _rounded(conversion: Conversion, value: str) -> str:
    """NULL for NaN and infinities, whose scale is NULL, since PostgreSQL hashes them alike.

    Its own `round` takes a tie away from zero, so ties to even are made here.
    """
    scale = int(conversion.scale)
    match conversion.rounding:
        case "down":
            rounded = f"trunc({value}, {scale})"
        case "half_up":
            rounded = f"round({value}, {scale})"
        case "exact":
            rounded = value
        case _:
            cut = f"trunc({value}, {scale})"
            tie = f"abs({value} - {cut}) = 5e-{scale + 1} AND mod({cut} * 1e{scale}, 2) = 0"
            return (
                f"CASE WHEN scale({value}) <= {scale} THEN {value}"
                f" WHEN scale({value}) IS NULL THEN NULL"
                f" WHEN {tie} THEN {cut} ELSE round({value}, {scale}) END"
            )
    return f"CASE WHEN scale({value}) >= 0 THEN {rounded} END"


def _refused_decimals(conversion: Conversion, value: str) -> list[str]:
    rounded = f"({_rounded(conversion, value)})"
    if conversion.rounding == "exact":
        rounded = f"round({value}, {int(conversion.scale)})"
    tests = [
        f"{value} IN ('NaN', 'Infinity', '-Infinity')",
        f"{value} <> 0 AND {rounded} = 0",
        f"abs({rounded}) >= 1e{conversion.precision - conversion.scale}",
    ]
    if conversion.rounding == "exact":
        tests.append(f"{rounded} <> {value}")
    if conversion.max_change:
        tests.append(f"abs({rounded} - {value}) > {literal(conversion.max_change)}::numeric")
    if conversion.at_most:
        tests.append(f"{rounded} > {literal(conversion.at_most)}::numeric")
    if conversion.sign != "any":
        tests.append(f"{value} {'<=' if conversion.sign == 'positive' else '<'} 0")
    return tests


def _refused_instants(value: str, kind: str, zone: str) -> list[str]:
    """Times that are none, that the clock jumped over, or that it showed twice."""
    tests = [f"{value} IN ('infinity', '-infinity')"]
    if kind == NAIVE:
        at = f"AT TIME ZONE {literal(zone)}"
        tests.append(f"({value} {at}) {at} <> {value}")
        tests += [
            f"(({value} {at}) {sign} interval '{minutes} minutes') {at} = {value}"
            for sign in "+-"
            for minutes in (30, 60)
        ]
    return tests
