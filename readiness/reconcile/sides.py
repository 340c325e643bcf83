"""Both sides of a flow as SELECTs that answer alike: the v2 key, then one value per column.

The source's SELECT converts by the mapping; the target's reads what is stored. Their parameters
are the first key, the key after the last, and (source only) the keys that lie in quarantine.
"""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import UNSET

from readiness.reconcile.conversions import (
    COMPARED_AS,
    key_of_reference_sql,
    key_of_uuid_sql,
    literal,
    quoted,
    refusal_sql,
    value_sql,
)
from readiness.reconcile.mapping import Column, Flow, Mapping

__all__ = ["Compared", "Sides", "sides_of", "survival_of", "where_sql"]

FLOATS = ("real", "double precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One column that is compared: its name in the target, the type that both values take.

    `made_by` is the kind of its conversion, or `constant`, which stands in `always` as SQL has
    it; an id names the table `of` its rows.
    """

    name: str
    kind: str
    made_by: str
    of: str = ""
    always: str = ""

    @property
    def is_amount(self) -> bool:
        """Is it a number that can be added up over rows?"""
        return self.made_by == "decimal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The statements of one flow; `source` and `target` give `key`, `c0`, `c1`, … in order.

    `digested` is `source` for a session in the zone of the source's clock, where it costs less.
    `quarantined` gives `key`, the names of the columns whose own value does not convert, and
    the row as JSON, for the keys in its third parameter. `is_uuid` tells whether the target is
    ranged over by the ids that hold the keys.
    """

    flow: Flow
    compared: tuple[Compared, ...]
    source: str
    digested: str
    target: str
    quarantined: str
    is_uuid: bool
    uuid_table: str


def sides_of(flow: Flow, mapping: Mapping, text_lengths: dict[str, int], version: int) -> Sides:
    """The statements for one flow; `text_lengths` are those of the target's columns.

    `version` is the target's major one.
    """
    names = [name for name in flow.columns if name != flow.target_key]
    compared = tuple(_compared(name, flow.columns[name], mapping) for name in names)
    key = mapping.conversions[flow.columns[flow.target_key].conversion]
    source = _Source(flow, mapping)
    stored = [f"{_stored(it, mapping, version)} AS c{place}" for place, it in enumerate(compared)]
    key_column = f"t.{quoted(flow.target_key)}"
    is_uuid = key.kind == "uuid"
    target_key = key_of_uuid_sql(key_column, version) if is_uuid else f"{key_column}::bigint"
    into = quoted(flow.into)
    return Sides(
        flow=flow,
        compared=compared,
        source=source.rows(compared, mapping.source.zone),
        digested=source.rows(compared, ""),
        target=f"SELECT {target_key} AS key, {', '.join(stored)} FROM {into} t"
        f" WHERE {key_column} >= $1 AND {key_column} < $2 OFFSET 0",
        quarantined=_quarantined(source, text_lengths),
        is_uuid=is_uuid,
        uuid_table=key.of,
    )


def _compared(name: str, column: Column, mapping: Mapping) -> Compared:
    if column.constant is UNSET:
        conversion = mapping.conversions[column.conversion]
        kind = COMPARED_AS[conversion.kind]
        return Compared(name=name, kind=kind, made_by=conversion.kind, of=conversion.of)
    kind = {bool: "boolean", int: "numeric"}.get(type(column.constant), "text")
    always = _constant(column.constant)
    return Compared(name=name, kind=kind, made_by="constant", always=always)


def _stored(column: Compared, mapping: Mapping, version: int) -> str:
    """The value as the target holds it."""
    name = f"t.{quoted(column.name)}"
    if column.made_by == "uuid":
        return key_of_reference_sql(name, mapping.target.namespace, column.of, version)
    return f"{name}::{column.kind}"


def where_sql(flow: Flow) -> str:
    """The condition that chooses the flow's rows of its table; empty, or beginning with AND."""
    return "".join(
        f" AND {quoted(name)}::text = {literal(_plain(value))}"
        for name, value in flow.where.items()
    )


class _Source:
    """The source of one flow, written piece by piece: which raw values it needs, and how.

    Raw values are taken out in an inner SELECT that the planner leaves alone (OFFSET 0), so that
    a float is turned into decimal text once per row and not once per use.
    """

    def __init__(self, flow: Flow, mapping: Mapping) -> None:
        self.flow = flow
        self.mapping = mapping
        self._own: dict[str, str] = {}
        self._merged: dict[str, str] = {}
        self._part: dict[str, str] = {}
        self._sums: dict[str, str] = {}
        for column in flow.columns.values():  # So that the relation knows them, whoever asks.
            self.value(column, "")

    def rows(self, compared: tuple[Compared, ...], zone: str) -> str:
        """The SELECT of all compared columns; without a `zone` the session's is the clock's."""
        values = [
            f"({self.value(self.flow.columns[it.name], zone)})::{it.kind} AS c{place}"
            for place, it in enumerate(compared)
        ]
        return f"SELECT s.key, {', '.join(values)} FROM {self.relation('NOT')} OFFSET 0"

    def value(self, column: Column, zone: str) -> str:
        """The converted value of one column of the target, over the relation's aliases."""
        if column.sum or column.mean:
            return self._summed(column)
        if column.constant is not UNSET:
            return _constant(column.constant)
        raw, kind = self.raw(column)
        conversion = self.mapping.conversions[column.conversion]
        value = value_sql(conversion, raw, kind, zone)
        return f"coalesce({value}, '')" if column.if_null == "empty_text" else value

    def raw(self, column: Column) -> tuple[str, str]:
        """The alias of the raw value that a column is made of, and its declared type."""
        table, _, name = column.source.rpartition(".")
        own = table in ("", self.flow.source)
        alias = self._take(self._own if own else self._merged, name, column)
        return f"{'s' if own else 'm'}.{alias}", self.mapping.type_of(self.flow, column.source)

    def relation(self, negation: str) -> str:
        """The rows between two keys, without (or only) those whose keys are in `$3`."""
        flow, key = self.flow, quoted(self.flow.key)
        raw = [f"{key}::bigint AS key", "to_jsonb(w) AS whole"]  # The planner drops what is unused.
        raw += [f"{sql} AS {name}" for name, sql in self._own.items()]
        rows = (
            f"(SELECT {', '.join(raw)} FROM {self._table(flow.source)} w"
            f" WHERE {key} >= $1::bigint AND {key} < $2::bigint"
            f" AND {negation} ({key} = ANY($3::bigint[])){where_sql(flow)} OFFSET 0) s"
        )
        if flow.merge:
            rows += f" LEFT JOIN {self._merge_rows()} m ON m.key = s.key"
        if flow.parts:
            rows += f" LEFT JOIN {self._part_sums()} p ON p.key = s.key"
        return rows

    def _table(self, name: str) -> str:
        return f"{quoted(self.mapping.source.schema)}.{quoted(name)}"

    def _take(self, taken: dict[str, str], name: str, column: Column) -> str:
        """Note that a raw value is needed; a number that is converted is taken as numeric."""
        table, _, _ = (column.source or column.sum or column.mean).rpartition(".")
        kind = self.mapping.source.tables[table or self.flow.source][name]
        is_decimal = self.mapping.conversions[column.conversion].kind == "decimal"
        if not is_decimal:
            taken[quoted(f"raw {name}")] = quoted(name)
            return quoted(f"raw {name}")
        cast = "::text::numeric" if kind in FLOATS else "::numeric"
        taken[quoted(f"number {name}")] = f"{quoted(name)}{cast}"
        return quoted(f"number {name}")

    def _summed(self, column: Column) -> str:
        conversion = self.mapping.conversions[column.conversion]

        def part(place: str) -> str:
            alias = self._take(self._part, _name(place), column)
            return f"({value_sql(conversion, f'q.{alias}', '', '')})"

        if column.sum:
            name = quoted(f"sum {_name(column.sum)}")
            self._sums[name] = f"sum({part(column.sum)})"
            return f"coalesce(p.{name}, 0)"
        weight, name = part(column.weight), quoted(f"mean {_name(column.mean)}")
        total = f"sum({part(column.mean)} * {weight}) / nullif(sum({weight}), 0)"
        self._sums[name] = f"round({total}, {column.result_scale})"
        return f"p.{name}"

    def _merge_rows(self) -> str:
        """Of each key the one row that is folded in: the one with the lowest key of its own."""
        merge = self.flow.merge
        if merge is None:
            raise ValueError("the flow has nothing to fold in")
        on, own = quoted(merge.by), quoted(merge.key)
        raw = [f"{on}::bigint AS key", *(f"{sql} AS {name}" for name, sql in self._merged.items())]
        table = self._table(merge.table)
        return (
            f"(SELECT DISTINCT ON ({on}) {', '.join(raw)}, to_jsonb(e) AS merged FROM {table} e"
            f" WHERE {on} >= $1::bigint AND {on} < $2::bigint ORDER BY {on}, {own})"
        )

    def _part_sums(self) -> str:
        parts = self.flow.parts
        if parts is None:
            raise ValueError("the flow has no parts")
        on, unique = quoted(parts.by), [quoted(name) for name in parts.unique]
        raw = [f"{on}::bigint AS key", *(f"{sql} AS {name}" for name, sql in self._part.items())]
        window = f"(PARTITION BY {', '.join([on, *unique])} ORDER BY {quoted(parts.key)})"
        is_known = " AND ".join(f"{name} IS NOT NULL" for name in unique) or "false"
        again = f"{is_known} AND row_number() OVER {window} > 1" if unique else "false"
        sums = ", ".join(f"{sql} AS {name}" for name, sql in self._sums.items())
        return (
            f"(SELECT q.key, {sums} FROM (SELECT {', '.join(raw)}, {again} AS again"
            f" FROM {self._table(parts.table)}"
            f" WHERE {on} >= $1::bigint AND {on} < $2::bigint OFFSET 0) q"
            " WHERE NOT q.again GROUP BY q.key)"
        )


def _quarantined(source: _Source, text_lengths: dict[str, int]) -> str:
    """Rows of given keys: which of their own columns do not convert, and the row itself."""
    refused = ", ".join(_refusals(source, text_lengths)) or "NULL::text"
    flow = source.flow
    row = "s.whole"
    if flow.merge:
        row = f"s.whole || jsonb_build_object({literal(flow.merge.table)}, m.merged)"
    return (
        f"SELECT s.key, array_remove(ARRAY[{refused}], NULL)::text[] AS refused,"
        f" {row} AS whole FROM {source.relation('')} ORDER BY s.key"
    )


def _refusals(source: _Source, text_lengths: dict[str, int]) -> Iterator[str]:
    for name, column in source.flow.columns.items():
        if column.source:
            test = _refusal(source, name, text_lengths)
            yield f"CASE WHEN {test} THEN {literal(name)} END"


def _refusal(source: _Source, name: str, text_lengths: dict[str, int]) -> str:
    """Does this column's own value not convert? A row without its merged part is not asked."""
    column = source.flow.columns[name]
    raw, kind = source.raw(column)
    conversion = source.mapping.conversions[column.conversion]
    zone = source.mapping.source.zone
    refusal = refusal_sql(conversion, raw, kind, zone, text_lengths.get(name))
    null = "true" if column.if_null == "reject" else "false"
    there = "m.key IS NOT NULL AND " if raw.startswith("m.") else ""
    return f"{there}(CASE WHEN {raw} IS NULL THEN {null} ELSE {refusal} END)"


def survival_of(
    flow: Flow, mapping: Mapping, text_lengths: dict[str, int]
) -> tuple[list[str], str]:
    """The columns that are made of one value, and a statement with three counts of each.

    They are its values, those that do not convert, and those that arrive as another number.
    """
    source, zone = _Source(flow, mapping), mapping.source.zone
    names = [name for name, column in flow.columns.items() if column.source]
    counts = []
    for name in names:
        column = flow.columns[name]
        raw, _ = source.raw(column)
        refused = _refusal(source, name, text_lengths)
        is_number = mapping.conversions[column.conversion].kind == "decimal"
        changed = (
            f"NOT ({refused}) AND ({source.value(column, zone)}) <> {raw}" if is_number else "false"
        )
        counts += [f"count({raw})", *(f"count(*) FILTER (WHERE {it})" for it in (refused, changed))]
    return names, f"SELECT {', '.join(counts)} FROM {source.relation('NOT')}"


def _name(place: str) -> str:
    """The column of `table.column`."""
    return place.rpartition(".")[2]


def _constant(value: object) -> str:
    return "NULL" if value is None else literal(_plain(value))


def _plain(value: object) -> str:
    """A constant as PostgreSQL prints it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
