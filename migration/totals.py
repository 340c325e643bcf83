"""Money per symbol and day: what v2 says, and what v3 and the quarantine hold of it.

Sums are taken over v2's own numbers, without the conversions that are to be checked; sums of parts
(an order's fills) are those of its converted parts. A sum of n rounded numbers may differ by n
times what one rounding moves, and by no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from migration.conversions import decimal_of
from migration.databases import Connection, blame
from migration.flow_query import source_column, source_rows, where_of
from migration.ledger import book
from migration.mapping import Copied, DecimalKind, Flow, MigrationMapping
from migration.part_query import part_columns
from migration.sql_text import ident, key_array, literal, qualified

__all__ = ["Discrepancy", "compare_totals"]

Group = tuple[str | None, str | None]  # Symbol and day; None where v2 has none.
Sums = dict[Group, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One sum that differs; `arrived` is what v3 and the quarantine hold together."""

    flow: str
    symbol: str | None
    day: str | None
    what: str
    source: Decimal
    arrived: Decimal
    tolerance: Decimal


def compare_totals(
    source: Connection, target: Connection, mapping: MigrationMapping
) -> tuple[int, tuple[Discrepancy, ...]]:
    """How many sums were compared, and those that differ."""
    compared, found = 0, []
    for flow in mapping.flows:
        if flow.totals is None:
            continue
        with blame("target"):
            copied = _sums(target, _target_query(flow))
            kept = _sums(target, _quarantine_query(mapping, flow))
            kept_out = target.execute(
                f"SELECT source_key FROM {book(mapping, 'quarantine')} WHERE flow = %s",  # noqa: S608
                (flow.name,),
            ).fetchall()
            target.rollback()
        with blame("source"):
            ours = _sums(source, _source_query(mapping, flow, [row[0] for row in kept_out]))
            source.rollback()
        names = _names(flow)
        compared += len(ours) * len(names)
        found += list(_compare(mapping, flow, ours, copied, kept))
    return compared, tuple(found)


def _names(flow: Flow) -> list[str]:
    """What is added up: rows first, then the sums, then quantity × price."""
    if flow.totals is None:
        return []
    return ["rows", *flow.totals.sums, *(["notional"] if flow.totals.notional else [])]


def _compare(
    mapping: MigrationMapping, flow: Flow, ours: Sums, copied: Sums, kept: Sums
) -> Iterator[Discrepancy]:
    names = _names(flow)
    nothing = (Decimal(0),) * len(names)
    units = _tolerances(mapping, flow)
    for group in sorted(ours.keys() | copied.keys() | kept.keys(), key=str):
        sums = (each.get(group, nothing) for each in (ours, copied, kept))
        for name, unit, one, two, three in zip(names, units, *sums, strict=True):
            rows = ours.get(group, nothing)[0]
            scale = abs(one) * Decimal("1e-9") if name == "notional" else Decimal(0)
            tolerance = unit * rows + scale
            if abs(one - two - three) > tolerance or one.is_nan() != (two + three).is_nan():
                yield Discrepancy(
                    flow=flow.name,
                    symbol=group[0],
                    day=group[1],
                    what=name,
                    source=one,
                    arrived=two + three,
                    tolerance=tolerance,
                )


def _tolerances(mapping: MigrationMapping, flow: Flow) -> list[Decimal]:
    """How far rounding may move one number of each sum; rows are exact."""
    if flow.totals is None:
        return []
    units = [Decimal(0)]
    for name in flow.totals.sums.values():
        column = flow.columns[name]
        kind = mapping.conversions[column.conversion] if isinstance(column, Copied) else None
        units.append(_moved_at_most(kind) if isinstance(kind, DecimalKind) else Decimal(0))
    return [*units, *([Decimal(0)] if flow.totals.notional else [])]


def _moved_at_most(kind: DecimalKind) -> Decimal:
    """How far rounding moves one number: half a unit of its last place, or a whole one."""
    return Decimal(10 if kind.rounding == "down" else 5).scaleb(-kind.scale - 1)


def _source_query(mapping: MigrationMapping, flow: Flow, kept_out: Iterable[int]) -> str:
    """v2's own numbers. Sums of parts are those of rows that were copied: a row in quarantine
    keeps its own values, and its parts are accounted for as rows of their own."""
    aside = f"LEFT JOIN unnest({key_array(sorted(kept_out))}) AS q(k) ON q.k = s.{ident(flow.key)}"

    def value(name: str) -> str:
        column = flow.columns[name]
        if isinstance(column, Copied):
            return _number(*source_column(mapping, flow, column.column), mapping, column)
        place = list(flow.columns).index(name)
        total = next(sql for alias, sql in part_columns(place) if alias.startswith("t"))
        return f"CASE WHEN q.k IS NULL THEN coalesce({total}, 0) ELSE 0 END"

    return _query(flow, value, f"{source_rows(mapping, flow)} {aside} {where_of(flow, 's')}")


def _quarantine_query(mapping: MigrationMapping, flow: Flow) -> str:
    """The rows as they were, read back from JSON into the types that v2 had."""

    def value(name: str) -> str:
        column = flow.columns[name]
        if not isinstance(column, Copied):
            return "0"
        table, dot, own = column.column.rpartition(".")
        row = f"q.source_row -> {literal(table)}" if dot else "q.source_row"
        kind = mapping.source.tables[table or flow.source][own]
        return _number(f"({row} ->> {literal(own)})::{kind}", kind, mapping, column)

    rows = f"FROM {book(mapping, 'quarantine')} AS q WHERE flow = {literal(flow.name)}"
    return _query(flow, value, rows)


def _target_query(flow: Flow) -> str:
    """What v3 holds of the migrated rows."""
    scope = " AND ".join(
        f"t.{ident(name)}::text = {literal(word)}" for name, word in flow.scope.items()
    )
    rows = f"FROM {qualified(*flow.into.split('.'))} AS t WHERE {scope or 'true'}"
    return _query(flow, lambda name: f"t.{ident(name)}", rows)


def _number(raw: str, kind: str, mapping: MigrationMapping, column: Copied) -> str:
    """A value of v2 as what can be added up: what is no number counts as nothing on both sides."""
    conversion = mapping.conversions[column.conversion]
    if isinstance(conversion, DecimalKind):
        return f"coalesce({decimal_of(raw, kind)}, 0)"
    if kind == "timestamp without time zone":
        return f"({raw} AT TIME ZONE {literal(mapping.source.zone)})"
    return raw


def _query(flow: Flow, value: Callable[[str], str], rows: str) -> str:
    """Rows and sums of one side per symbol and day; `value` is a target column as that side's."""
    totals = flow.totals
    if totals is None:
        return ""
    sums = [f"sum({value(name)})" for name in totals.sums.values()]
    if totals.notional:
        quantity, price = (value(name) for name in totals.notional)
        sums.append(f"sum({quantity} * {price})")
    day = f"to_char({value(totals.instant)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    return f"SELECT {value(totals.symbol)}, {day}, count(*), {', '.join(sums)} {rows} GROUP BY 1, 2"


def _sums(connection: Connection, query: str) -> Sums:
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return {(row[0], row[1]): tuple(Decimal(value or 0) for value in row[2:]) for row in rows}
