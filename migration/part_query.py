"""The rows that are summed per row of a flow, as one grouped SQL query."""

from __future__ import annotations

from migration.conversions import Names, Setting, decimal_of, reasons, rounded
from migration.mapping import Constant, DecimalKind, Flow, Mean, MigrationMapping, Parts, Sum
from migration.sql_text import ident, qualified

__all__ = ["part_columns", "parts_query"]


def part_columns(number: int) -> list[tuple[str, str]]:
    """What a flow's row takes from its parts for its n-th column: total, weight, and whether a
    part does not convert."""
    return [(f"{kind}{number}", f"t.{kind}{number}") for kind in ("t", "w", "b")]


def parts_query(mapping: MigrationMapping, flow: Flow, parts: Parts, setting: Setting) -> str:
    """Per key of the flow's rows `k`: for each summed column its total, weight and soundness."""
    table = qualified(mapping.source.schema, parts.table)
    first, second, totals = [], [], []
    for number, column in enumerate(flow.columns.values()):
        kind = None if isinstance(column, Constant) else mapping.conversions[column.conversion]
        if not isinstance(column, Sum | Mean) or not isinstance(kind, DecimalKind):
            continue
        names = [(f"{number}", column.column)]
        if isinstance(column, Mean):
            names.append((f"{number}_w", column.weight))
        bad = []
        for suffix, full_name in names:
            name = full_name.partition(".")[2]
            kept = Names(x=f"x{suffix}", d=f"d{suffix}", v=f"v{suffix}")
            source_type = mapping.source.tables[parts.table][name]
            first.append(f"t.{ident(name)} AS {kept.x}")
            first.append(f"{decimal_of('t.' + ident(name), source_type)} AS {kept.d}")
            second.append(f"{rounded(kept.d, kind)} AS {kept.v}")
            bad.append(f"{kept.x} IS NULL")
            bad += [why for _, why in reasons(kind, kept, source_type, setting, None)]
        is_bad = " OR ".join(f"({condition})" for condition in bad)
        total, weight = f"v{number}", "NULL::numeric"
        if isinstance(column, Mean):
            total, weight = f"v{number} * v{number}_w", f"sum(v{number}_w)"
        totals.append(
            f"sum({total}) AS t{number}, {weight} AS w{number},"
            f" bool_or(({is_bad}) IS TRUE) AS b{number}"
        )
    repeated, only_first = _only_first(table, parts.key, parts.unique)
    return (
        f"SELECT k, {', '.join(totals)} FROM (SELECT *, {', '.join(second)} FROM"  # noqa: S608
        f" (SELECT t.{ident(parts.by)} AS k, {', '.join(first)} FROM {table} AS t {repeated}"
        f" {only_first} OFFSET 0) AS raw OFFSET 0) AS made GROUP BY k"
    )


def _only_first(table: str, key: str, unique: list[str]) -> tuple[str, str]:
    """A join and a condition that leave the first of rows that are equal in all unique columns."""
    if not unique:
        return "", ""
    listed = ", ".join(map(ident, unique))
    same = " AND ".join(f"r.{ident(name)} = t.{ident(name)}" for name in unique)
    join = (
        f"LEFT JOIN (SELECT {listed}, min({ident(key)}) AS first FROM {table}"  # noqa: S608
        f" GROUP BY {listed} HAVING count(*) > 1) AS r ON {same}"
    )
    return join, f"WHERE r.first IS NULL OR r.first = t.{ident(key)}"
