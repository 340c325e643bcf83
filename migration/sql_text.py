"""Names and values as SQL text: the migration's statements are composed, never typed by a user."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "constant",
    "ident",
    "key_array",
    "key_from_uuid",
    "literal",
    "qualified",
    "uuid_from_key",
]


def ident(name: str) -> str:
    """A name of a column or table, quoted."""
    return '"' + name.replace('"', '""') + '"'


def qualified(*names: str) -> str:
    """A dotted name, each part quoted."""
    return ".".join(ident(name) for name in names)


def literal(text: str) -> str:
    """A text as a constant; needs `standard_conforming_strings`, which every session sets."""
    return "'" + text.replace("'", "''") + "'"


def constant(value: bool | int | str | None) -> str:
    """A value of the mapping file as a constant."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else literal(value)


def key_array(keys: Iterable[int]) -> str:
    """Integer keys as a constant array."""
    return "'{" + ",".join(str(key) for key in keys) + "}'::bigint[]"


def uuid_from_key(namespace: str, table: str, key: str) -> str:
    """The UUID of a row, in SQL: version 8 of RFC 9562, the v2 key in its last 62 bits.

    `key` is an expression that gives an integer from 0 to 2^60 - 1.
    """
    prefix = f"left(md5({literal(namespace + '/' + table)}), 12)"
    return f"({prefix} || '8000' || to_hex((-9223372036854775808)::bigint + {key}))::uuid"


def key_from_uuid(column: str) -> str:
    """The v2 key in a UUID, in SQL; `column` gives a uuid."""
    digits = f"right(replace({column}::text, '-', ''), 16)"
    return f"(('x' || {digits})::bit(64)::bigint - (-9223372036854775808)::bigint)"
