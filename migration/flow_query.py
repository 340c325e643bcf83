"""A flow as one SQL query over v2: every row with its verdict, its digest and its new columns.

The query is a function of what v2 holds and of the parents in quarantine: asked again it gives the
same rows, and asked later it shows what has changed. It runs in three steps, one inside the other,
each computed once per row: what v2 has, what v3 makes of it, and what speaks against that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migration.conversions import (
    Names,
    Setting,
    decimal_of,
    differs_back,
    reasons,
    value,
)
from migration.mapping import (
    Constant,
    Copied,
    DecimalKind,
    Enum,
    Flow,
    Integer,
    Mean,
    Merge,
    MigrationMapping,
    Sum,
    Uuid,
)
from migration.part_query import part_columns, parts_query
from migration.sql_text import constant, ident, key_array, literal, qualified

__all__ = [
    "Parents",
    "digest",
    "flow_query",
    "merged_query",
    "output_columns",
    "setting_of",
    "source_column",
    "source_rows",
    "value_row",
    "where_of",
]

# Keys of the rows in quarantine, by the source table that they are rows of.
Parents = Mapping[str, frozenset[int]]


def setting_of(mapping: MigrationMapping) -> Setting:
    """What the mapping says to its conversions."""
    return Setting(namespace=mapping.target.namespace, zone=mapping.source.zone)


def output_columns(flow: Flow) -> list[str]:
    """The target's columns in the order of the query: the target key leads."""
    return [flow.target_key, *(name for name in flow.columns if name != flow.target_key)]


@dataclass(slots=True)
class _Steps:
    """The parts of a flow's query as they are collected, column by column."""

    first: list[str] = field(default_factory=list)
    second: list[str] = field(default_factory=list)
    against: list[tuple[str, str]] = field(default_factory=list)
    residue: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)


def flow_query(
    mapping: MigrationMapping,
    flow: Flow,
    lengths: Mapping[str, int],
    parents: Parents,
    after: int | None = None,
) -> str:
    """Rows `key, reasons, source row, digest, residue, target columns…`, by ascending key.

    `lengths` are the longest texts that the target's columns take. Only rows above the key `after`
    come, where it is given. Reasons and source row are NULL for a row that can be copied.
    """
    steps = _steps(mapping, flow, lengths, parents)
    if flow.unique:
        steps.joins.append(_later_ones(mapping, flow, lengths))
        steps.first.append("later.k IS NOT NULL AS is_later")
        steps.against.append((f"{flow.unique[-1].split('.')[-1]}:duplicate", "is_later"))
    above = f"s.{ident(flow.key)} > {after}" if after is not None else ""
    return _outer(mapping, flow, steps, above)


def _steps(
    mapping: MigrationMapping, flow: Flow, lengths: Mapping[str, int], parents: Parents | None
) -> _Steps:
    """Everything but the rule of uniqueness; without `parents`, only a row's own reasons."""
    steps = _Steps()
    for number, (name, column) in enumerate(flow.columns.items()):
        if isinstance(column, Constant):
            steps.values[name] = constant(column.constant)
        elif isinstance(column, Copied):
            steps.values[name] = f"v{number}"
            _copy_column(mapping, flow, steps, number, name, column, lengths.get(name))
            if column.must_exist and parents is not None:
                _demand_parent(mapping, flow, steps, number, name, column, parents)
        else:
            for alias, expression in part_columns(number):
                steps.first.append(f"{expression} AS {alias}")
            steps.second.append(f"{_folded(column, number)} AS v{number}")
            steps.values[name] = f"v{number}"
            steps.against.append((f"{name}:part", f"b{number}"))
            steps.against += _folded_reasons(mapping, column, name, steps.values[name])
    if flow.merge:
        steps.against.append((f"{flow.merge.table}:missing", "m_key IS NULL"))
        steps.first.append(f"m.{ident(flow.merge.key)} AS m_key")
        steps.first.append("m AS m_row")
    if flow.agree:
        when = " AND ".join(
            f"{steps.values[name]} = {literal(word)}" for name, word in flow.agree.when.items()
        )
        one, other = (steps.values[name] for name in flow.agree.same)
        steps.against.append((f"{flow.agree.same[0]}:disagrees", f"{when} AND {one} <> {other}"))
    return steps


def _copy_column(
    mapping: MigrationMapping,
    flow: Flow,
    steps: _Steps,
    number: int,
    name: str,
    column: Copied,
    length: int | None,
) -> None:
    """The steps of one value that is copied from v2."""
    raw, source_type = source_column(mapping, flow, column.column)
    kind, setting = mapping.conversions[column.conversion], setting_of(mapping)
    names = Names(x=f"x{number}", d=f"d{number}", v=f"v{number}")
    steps.first.append(f"{raw} AS {names.x}")
    if isinstance(kind, DecimalKind):
        steps.first.append(f"{decimal_of(raw, source_type)} AS {names.d}")
        steps.second.append(f"{value(kind, names.d, source_type, setting)} AS {names.v}")
    else:
        steps.second.append(f"{value(kind, names.x, source_type, setting)} AS {names.v}")
    if column.if_null == "reject":
        missing = f"{names.x} IS NULL"
        if flow.merge and column.column.startswith(f"{flow.merge.table}."):
            missing += " AND m_key IS NOT NULL"
        steps.against.append((f"{name}:missing", missing))
    for reason, condition in reasons(kind, names, source_type, setting, length):
        steps.against.append((f"{name}:{reason}", condition))
    differs = differs_back(kind, names, source_type, setting)
    if differs:
        steps.residue.append((column.column, f"CASE WHEN {differs} THEN {names.x}::text END"))
    if column.if_null == "empty_text":
        steps.values[name] = f"coalesce({names.v}, '')"


def source_column(mapping: MigrationMapping, flow: Flow, column: str) -> tuple[str, str]:
    """A source column as SQL, and its declared type; `table.column` is one of the merged row."""
    table, dot, name = column.partition(".")
    if dot:
        return f"m.{ident(name)}", mapping.source.tables[table][name]
    return f"s.{ident(column)}", mapping.source.tables[flow.source][column]


def _demand_parent(
    mapping: MigrationMapping,
    flow: Flow,
    steps: _Steps,
    number: int,
    name: str,
    column: Copied,
    parents: Parents,
) -> None:
    """The row that this one points to exists, and is not in quarantine."""
    raw, _ = source_column(mapping, flow, column.column)
    kind = mapping.conversions[column.conversion]
    if not isinstance(kind, Uuid):
        return
    table = qualified(mapping.source.schema, kind.of)
    key = ident(next(other.key for other in mapping.flows if other.source == kind.of))
    steps.joins.append(f"LEFT JOIN {table} AS p{number} ON p{number}.{key} = {raw}")
    steps.first.append(f"{raw} IS NOT NULL AND p{number}.{key} IS NULL AS o{number}")
    steps.against.append((f"{name}:orphan", f"o{number}"))
    kept_out = parents.get(kind.of)
    if kept_out:
        array = key_array(sorted(kept_out))
        steps.joins.append(f"LEFT JOIN unnest({array}) AS q{number}(k) ON q{number}.k = {raw}")
        steps.first.append(f"q{number}.k IS NOT NULL AS q{number}")
        steps.against.append((f"{name}:parent", f"q{number}"))


def _folded(column: Sum | Mean, number: int) -> str:
    """The value of a column that is made of parts; NULL where a part does not convert."""
    if isinstance(column, Sum):
        return f"CASE WHEN b{number} IS NOT TRUE THEN coalesce(t{number}, 0) END"
    return (
        f"CASE WHEN b{number} IS NOT TRUE AND w{number} <> 0"
        f" THEN round(t{number} / w{number}, {column.result_scale}) END"
    )


def _folded_reasons(
    mapping: MigrationMapping, column: Sum | Mean, name: str, result: str
) -> Iterator[tuple[str, str]]:
    kind = mapping.conversions[column.conversion]
    if isinstance(kind, DecimalKind):
        yield f"{name}:out_of_range", f"abs({result}) >= 1e{kind.precision - kind.scale}"


def source_rows(mapping: MigrationMapping, flow: Flow) -> str:
    """The source table, the row that is merged into each of its rows, and the sums of its parts."""
    schema, key = mapping.source.schema, f"s.{ident(flow.key)}"
    text = f"FROM {qualified(schema, flow.source)} AS s"
    if flow.merge:
        table, by, own = qualified(schema, flow.merge.table), flow.merge.by, flow.merge.key
        text += (
            f" LEFT JOIN (SELECT {ident(by)} AS k, min({ident(own)}) AS first"  # noqa: S608
            f" FROM {table} GROUP BY 1) AS f ON f.k = {key}"
            f" LEFT JOIN {table} AS m ON m.{ident(own)} = f.first"
        )
    if flow.parts:
        parts = parts_query(mapping, flow, flow.parts, setting_of(mapping))
        text += f" LEFT JOIN ({parts}) AS t ON t.k = {key}"
    return text


def _later_ones(mapping: MigrationMapping, flow: Flow, lengths: Mapping[str, int]) -> str:
    """A join with the rows that repeat an earlier one, among those without a reason of their own.

    Only rows whose unique columns occur more than once are looked at closely.
    """
    steps = _steps(mapping, flow, lengths, None)
    columns = [source_column(mapping, flow, name)[0] for name in flow.unique]
    aliases = [f"u{number}" for number in range(len(columns))]
    steps.first += [f"{column} AS {alias}" for column, alias in zip(columns, aliases, strict=True)]
    listed = ", ".join(columns)
    present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    repeated = (
        f"({listed}) IN (SELECT {listed} {_plain_from(mapping, flow)} WHERE {present}"
        f" GROUP BY {listed} HAVING count(*) > 1)"
    )
    inner = _judged(mapping, flow, steps, repeated)
    return (
        "LEFT JOIN (SELECT k FROM (SELECT k, row_number() OVER"  # noqa: S608
        f" (PARTITION BY {', '.join(aliases)} ORDER BY k) AS n FROM ({inner}) AS r"
        f" WHERE NOT is_dirty) AS ranked WHERE n > 1) AS later ON later.k = s.{ident(flow.key)}"
    )


def _plain_from(mapping: MigrationMapping, flow: Flow) -> str:
    """Where the unique columns stand: the merged table alone when all of them are its own."""
    merged = [name for name in flow.unique if "." in name]
    if flow.merge and len(merged) == len(flow.unique):
        return f"FROM {qualified(mapping.source.schema, flow.merge.table)} AS m"
    return source_rows(mapping, flow)


def _judged(mapping: MigrationMapping, flow: Flow, steps: _Steps, *conditions: str) -> str:
    """The first two steps, and on top whether anything speaks against a row, and its residue."""
    own = [f"s.{condition}" for condition in _own_conditions(flow)]
    filters = [condition for condition in (*conditions, *own) if condition]
    where = f"WHERE {' AND '.join(filters)}" if filters else ""
    first = ", ".join([f"s.{ident(flow.key)} AS k", "s AS s_row", *steps.first])
    inner = (
        f"SELECT {first} {source_rows(mapping, flow)} {' '.join(steps.joins)} {where}"
        f" ORDER BY s.{ident(flow.key)} OFFSET 0"
    )
    second = ", ".join(["raw.*", *steps.second])
    dirty = " OR ".join(f"({condition})" for _, condition in steps.against) or "false"
    return (
        f"SELECT *, ({dirty}) IS TRUE AS is_dirty, {_residue(steps)} AS residue FROM"  # noqa: S608
        f" (SELECT {second} FROM ({inner}) AS raw OFFSET 0) AS made OFFSET 0"
    )


def _residue(steps: _Steps) -> str:
    """What the way back could not rebuild, NULL for most rows."""
    if not steps.residue:
        return "NULL::jsonb"
    differs = " OR ".join(f"({expression}) IS NOT NULL" for _, expression in steps.residue)
    kept = ", ".join(f"{literal(name)}, {expression}" for name, expression in steps.residue)
    return f"CASE WHEN {differs} THEN jsonb_strip_nulls(jsonb_build_object({kept})) END"


def _own_conditions(flow: Flow) -> list[str]:
    return [f"{ident(name)} = {constant(wanted)}" for name, wanted in flow.where.items()]


def where_of(flow: Flow, alias: str = "") -> str:
    """Which rows of its table the flow is about, as a WHERE over the table or its alias."""
    before = f"{alias}." if alias else ""
    conditions = [f"{before}{condition}" for condition in _own_conditions(flow)]
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _outer(mapping: MigrationMapping, flow: Flow, steps: _Steps, above: str) -> str:
    """The query's own columns; reasons and row are composed for dirty rows alone."""
    listed = ", ".join(
        f"CASE WHEN {condition} THEN {literal(reason)} END"
        for reason, condition in sorted(steps.against)
    )
    why = f"array_remove(ARRAY[{listed}]::text[], NULL)"
    row = "to_jsonb(s_row)"
    if flow.merge:
        row = f"({row} || jsonb_build_object({literal(flow.merge.table)}, to_jsonb(m_row)))"
    clean = digest(value_row(mapping, flow, steps.values), "residue")
    columns = ", ".join(steps.values[name] for name in output_columns(flow))
    judged = _judged(mapping, flow, steps, above)
    return (
        f"SELECT k, CASE WHEN is_dirty THEN {why} END, CASE WHEN is_dirty THEN {row} END,"  # noqa: S608
        f" CASE WHEN is_dirty THEN hashtextextended({row}::text || {why}::text, 0)"
        f" ELSE {clean} END, CASE WHEN NOT is_dirty THEN residue END, {columns}"
        f" FROM ({judged}) AS judged"
    )


def digest(row: str, residue: str) -> str:
    """The digest of a copied row, the same on both sides: a hash over the text of its values."""
    return f"hashtextextended(({row})::text || coalesce({residue}::text, ''), 0)"


def value_row(mapping: MigrationMapping, flow: Flow, values: Mapping[str, str]) -> str:
    """The values that differ from row to row, in a form that prints alike on both sides."""
    listed = []
    for name in output_columns(flow):
        column = flow.columns[name]
        if isinstance(column, Constant):
            continue
        kind = mapping.conversions[column.conversion]
        is_number = isinstance(kind, DecimalKind)
        text = f"trim_scale({values[name]})" if is_number else values[name]
        listed.append(f"({text})::text" if isinstance(kind, Enum | Integer) else text)
    return f"ROW({', '.join(listed)})"


def merged_query(
    mapping: MigrationMapping,
    flow: Flow,
    merge: Merge,
    parents: Parents,
    after: int | None = None,
) -> str:
    """The rows of the merged table, accounted for: what each was folded into, or why it was not.

    The same columns as those of `flow_query`, with the one target column of the key map.
    """
    schema, by, own = mapping.source.schema, f"m.{ident(merge.by)}", f"m.{ident(merge.key)}"
    target = value(Uuid(of=flow.source), "parent", "bigint", setting_of(mapping))
    kept_out = key_array(sorted(parents.get(flow.source, ())))
    whys = (
        (f"{merge.by}:duplicate", "first <> k"),
        (f"{merge.by}:orphan", "s_key IS NULL"),
        (f"{merge.by}:parent", "q_key IS NOT NULL"),
    )
    listed = ", ".join(f"CASE WHEN {condition} THEN {literal(why)} END" for why, condition in whys)
    dirty = " OR ".join(condition for _, condition in whys)
    table = qualified(schema, merge.table)
    above = f"WHERE {own} > {after}" if after is not None else ""
    return (
        f"SELECT k, CASE WHEN is_dirty THEN array_remove(ARRAY[{listed}]::text[], NULL) END,"  # noqa: S608
        " CASE WHEN is_dirty THEN to_jsonb(m_row) END,"
        f" CASE WHEN is_dirty THEN hashtextextended(to_jsonb(m_row)::text || ARRAY[{listed}]::text,"
        f" 0) ELSE {digest(f'ROW({target})', 'NULL')} END, NULL::jsonb, {target}"
        f" FROM (SELECT *, ({dirty}) IS TRUE AS is_dirty FROM (SELECT {own} AS k, {by} AS parent,"
        f" m AS m_row, f.first, s.{ident(flow.key)} AS s_key, q.k AS q_key FROM {table} AS m"
        f" LEFT JOIN (SELECT {ident(merge.by)} AS k, min({ident(merge.key)}) AS first FROM {table}"
        f" GROUP BY 1) AS f ON f.k = {by}"
        f" LEFT JOIN {qualified(schema, flow.source)} AS s ON s.{ident(flow.key)} = {by}"
        f" LEFT JOIN unnest({kept_out}) AS q(k) ON q.k = {by} {above}"
        f" ORDER BY {own} OFFSET 0) AS raw OFFSET 0) AS told"
    )
