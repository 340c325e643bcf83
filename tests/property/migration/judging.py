"""Runs a conversion on values of v2 in PostgreSQL, exactly as a flow's query composes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration.conversions import (
    Names,
    Setting,
    back,
    decimal_of,
    differs_back,
    reasons,
    value,
)
from migration.databases import Connection
from migration.mapping import Conversion, DecimalKind

__all__ = ["NAMES", "Judged", "judge"]

NAMES = Names(x="x", d="d", v="v")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one value: `x` and `returned` are texts as PostgreSQL prints them."""

    x: str | None
    v: Any
    reasons: frozenset[str]
    returned: str | None
    has_residue: bool


def judge(
    session: Connection,
    kind: Conversion,
    source_type: str,
    values: Sequence[object],
    *,
    zone: str = "UTC",
    length: int | None = None,
) -> list[Judged]:
    """Each value's fate, in the order given."""
    setting = Setting(namespace="test", zone=zone)
    number = decimal_of("x", source_type) if isinstance(kind, DecimalKind) else "NULL"
    made = value(kind, "d" if isinstance(kind, DecimalKind) else "x", source_type, setting)
    listed = [
        f"CASE WHEN {condition} THEN '{reason}' END"
        for reason, condition in reasons(kind, NAMES, source_type, setting, length)
    ]
    differs = differs_back(kind, NAMES, source_type, setting) or "false"
    query = f"""
        SELECT x::text, v, array_remove(ARRAY[{", ".join(listed)}]::text[], NULL),
               {back(kind, "v", source_type, setting)}, ({differs}) IS TRUE
        FROM (SELECT x, d, n, {made} AS v FROM
              (SELECT x, {number} AS d, n FROM
               unnest(%s::{source_type}[]) WITH ORDINALITY AS given (x, n) OFFSET 0) AS raw
              OFFSET 0) AS made ORDER BY n
    """  # noqa: S608 (every part is the migration's own)
    rows = session.execute(query, (list(values),)).fetchall()
    session.rollback()
    return [
        Judged(
            x=x,
            v=v,
            reasons=frozenset(why),
            returned=None if returned is None else _text(session, returned, source_type),
            has_residue=has_residue,
        )
        for x, v, why, returned, has_residue in rows
    ]


def _text(session: Connection, returned: object, source_type: str) -> str:
    """A value of v2 as PostgreSQL prints it."""
    row = session.execute(f"SELECT (%s::{source_type})::text", (returned,)).fetchone()
    session.rollback()
    return str(row[0]) if row else ""
