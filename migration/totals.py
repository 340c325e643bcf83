"""Money per symbol and day: what v2 says, and what v3 and the quarantine hold of it.

Sums are taken over v2's own numbers, without the conversions that are to be checked. A sum of n
rounded numbers may differ by n times what one rounding moves, and by no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from migration.conversions import decimal_of
from migration.databases import Connection, blame
from migration.flow_query import where_of
from migration.ledger import book
from migration.mapping import Copied, DecimalKind, Flow, MigrationMapping
from migration.sql_text import ident, literal, qualified

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
        with blame("source"):
            ours = _sums(source, _source_query(mapping, flow))
            source.rollback()
        with blame("target"):
            copied = _sums(target, _target_query(flow))
            kept = _sums(target, _quarantine_query(mapping, flow))
            target.rollback()
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


def _source_query(mapping: MigrationMapping, flow: Flow) -> str:
    table = qualified(mapping.source.schema, flow.source)
    return _query(mapping, flow, f"FROM {table} AS t {where_of(flow)}", "t.{}")


def _quarantine_query(mapping: MigrationMapping, flow: Flow) -> str:
    """The rows as they were, read back from JSON into the types that v2 had."""
    columns = ", ".join(
        f"(q.source_row ->> {literal(name)})::{kind} AS {ident(name)}"
        for name, kind in mapping.source.tables[flow.source].items()
    )
    rows = f"SELECT {columns} FROM {book(mapping, 'quarantine')} AS q"  # noqa: S608
    where = f"WHERE flow = {literal(flow.name)}"
    return _query(mapping, flow, f"FROM ({rows} {where}) AS t", "t.{}")


def _query(mapping: MigrationMapping, flow: Flow, tables: str, form: str) -> str:
    """v2's own numbers; what is no number counts as nothing on either side."""
    totals = flow.totals
    if totals is None:
        return ""
    types = mapping.source.tables[flow.source]

    def number(target_or_source: str) -> str:
        name = _source_name(flow, target_or_source)
        column = form.format(ident(name))
        return f"coalesce({decimal_of(column, types[name])}, 0)"

    sums = [f"sum({number(name)})" for name in totals.sums.values()]
    if totals.notional:
        quantity, price = totals.notional
        sums.append(f"sum({number(quantity)} * {number(price)})")
    symbol = form.format(ident(_source_name(flow, totals.symbol)))
    instant_name = _source_name(flow, totals.instant)
    instant = form.format(ident(instant_name))
    if types[instant_name] == "timestamp without time zone":
        instant = f"({instant} AT TIME ZONE {literal(mapping.source.zone)})"
    day = f"to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    return f"SELECT {symbol}, {day}, count(*), {', '.join(sums)} {tables} GROUP BY 1, 2"


def _source_name(flow: Flow, target_column: str) -> str:
    column = flow.columns[target_column]
    return column.column if isinstance(column, Copied) else target_column


def _target_query(flow: Flow) -> str:
    totals = flow.totals
    if totals is None:
        return ""
    sums = [f"sum(t.{ident(name)})" for name in totals.sums.values()]
    if totals.notional:
        quantity, price = (f"t.{ident(name)}" for name in totals.notional)
        sums.append(f"sum({quantity} * {price})")
    day = f"to_char(t.{ident(totals.instant)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    return (
        f"SELECT t.{ident(totals.symbol)}, {day}, count(*), {', '.join(sums)}"  # noqa: S608
        f" FROM {qualified(*flow.into.split('.'))} AS t GROUP BY 1, 2"
    )


def _sums(connection: Connection, query: str) -> Sums:
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return {(row[0], row[1]): tuple(Decimal(value or 0) for value in row[2:]) for row in rows}
