"""What the parts of a mapping must be to one another; each breach is one sentence."""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

from migration.errors import MappingRefused
from migration.mapping import (
    Boolean,
    Constant,
    Copied,
    DecimalKind,
    Enum,
    Flow,
    Instant,
    Integer,
    Mean,
    MigrationMapping,
    Prefixed,
    Sum,
    Text,
    Uuid,
    parse,
    read_raw,
)

__all__ = ["breaches", "load_mapping", "source_type_of"]

INTEGERS = ("smallint", "integer", "bigint")
TEXTS = ("text", "character varying", "character", "USER-DEFINED")
NUMBERS = (*INTEGERS, "numeric", "real", "double precision")
TIMES = ("timestamp without time zone", "timestamp with time zone")


def load_mapping(path: Path) -> MigrationMapping:
    """The mapping in a file, checked. Raises MappingRefused with every breach that was found."""
    mapping = parse(read_raw(path))
    found = list(breaches(mapping))
    if found:
        raise MappingRefused(f"the mapping {path}: {'; '.join(found)}")
    return mapping


def breaches(mapping: MigrationMapping) -> Iterator[str]:
    """What does not fit together, without a look at any database."""
    try:
        zoneinfo.ZoneInfo(mapping.source.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        yield f"source.zone {mapping.source.zone!r} is no IANA zone: give one like UTC"
    if mapping.target.bookkeeping in (mapping.target.schema, "public"):
        yield "target.bookkeeping must be a schema of its own: give a name like migration"
    yield from _conversion_breaches(mapping)
    names = [flow.name for flow in mapping.flows]
    twice = sorted({name for name in names if names.count(name) > 1})
    yield from (f"flow {name} stands twice" for name in twice)
    yield from _split_breaches(mapping)
    seen: set[str] = set()
    for flow in mapping.flows:
        for breach in _flow_breaches(mapping, flow, seen):
            yield f"flow {flow.name}: {breach}"
        seen.add(flow.source)
    if not any(True for _ in _unknown_tables(mapping)):
        yield from _missed_columns(mapping)
    else:
        yield from _unknown_tables(mapping)


def _conversion_breaches(mapping: MigrationMapping) -> Iterator[str]:
    prefixes: dict[str, str] = {}
    for name, kind in mapping.conversions.items():
        if isinstance(kind, Uuid):
            text = f"{mapping.target.namespace}/{kind.of}".encode()
            prefix = hashlib.md5(text, usedforsecurity=False).hexdigest()[:12]
            if prefixes.setdefault(prefix, kind.of) != kind.of:
                yield f"the ids of {kind.of} and {prefixes[prefix]} would clash: change namespace"
        if isinstance(kind, DecimalKind) and not 0 <= kind.scale <= kind.precision <= 1000:
            yield f"conversion {name}: scale must be between 0 and precision"
        if isinstance(kind, Enum):
            spellings = [text.strip().lower() for words in kind.words.values() for text in words]
            if not all(kind.words.values()) or len(set(spellings)) < len(spellings):
                yield f"conversion {name}: each word needs spellings, and no two words the same"
        if isinstance(kind, Boolean) and not (kind.true_is and kind.false_is):
            yield f"conversion {name}: true_is and false_is each need a value"


def _unknown_tables(mapping: MigrationMapping) -> Iterator[str]:
    for flow in mapping.flows:
        for table in _tables_of(flow):
            if table not in mapping.source.tables:
                yield f"flow {flow.name}: source.tables has no table {table}"
    for table, kept in mapping.verbatim.items():
        if kept.key not in mapping.source.tables.get(table, {}):
            yield f"verbatim: source.tables has no column {table}.{kept.key}"


def _split_breaches(mapping: MigrationMapping) -> Iterator[str]:
    """Flows that share a source table part its rows by the values of one column."""
    for table in sorted({flow.source for flow in mapping.flows}):
        flows = [flow for flow in mapping.flows if flow.source == table]
        wheres = [tuple(flow.where.items()) for flow in flows]
        columns = {tuple(flow.where) for flow in flows}
        if len(flows) > 1 and (len(columns) > 1 or not wheres[0] or len(set(wheres)) < len(wheres)):
            yield f"the flows of {table} need a where each, on one column and with other values"


def _tables_of(flow: Flow) -> list[str]:
    more = [part.table for part in (flow.merge, flow.parts) if part]
    return [flow.source, *more]


def _flow_breaches(mapping: MigrationMapping, flow: Flow, seen: set[str]) -> Iterator[str]:
    if any(table not in mapping.source.tables for table in _tables_of(flow)):
        return
    if flow.into.count(".") != 1:
        yield f"into is {flow.into!r}: expected schema.table"
    key_type = mapping.source.tables[flow.source].get(flow.key, "missing")
    if key_type not in INTEGERS:
        yield f"key {flow.key} is {key_type}: expected an integer column"
    if flow.merge and flow.merge.table in mapping.source.tables:
        columns = mapping.source.tables[flow.merge.table]
        for name in (flow.merge.key, flow.merge.by):
            if columns.get(name) not in INTEGERS:
                yield f"merge: {flow.merge.table}.{name} must be an integer column"
    for name, column in flow.columns.items():
        for breach in _column_breaches(mapping, flow, name, seen):
            yield f"column {name}: {breach}"
        given = column.constant if isinstance(column, Constant) else None
        if name in flow.scope and str(given) != flow.scope[name]:
            yield f"scope: {name} must be the constant {flow.scope[name]!r}"
    yield from _reference_breaches(mapping, flow)


def _reference_breaches(mapping: MigrationMapping, flow: Flow) -> Iterator[str]:
    """What the key map needs, and every other name in a flow."""
    target = flow.columns.get(flow.target_key)
    kind = mapping.conversions.get(target.conversion) if isinstance(target, Copied) else None
    if not isinstance(target, Copied) or not isinstance(kind, Uuid):
        yield f"target_key {flow.target_key} must be a column with a uuid conversion"
    elif target.column != flow.key or kind.of != flow.source:
        yield f"target_key {flow.target_key} must be the uuid of {flow.source}.{flow.key}"
    yield from _name_breaches(mapping, flow)


def _name_breaches(mapping: MigrationMapping, flow: Flow) -> Iterator[str]:
    """Names in scope, unique, where, agree and totals that stand for nothing."""
    for name in flow.scope:
        if name not in flow.columns:
            yield f"scope: no column {name}"
    for name in (*flow.unique, *flow.where):
        if source_type_of(mapping, flow, name) is None:
            yield f"unique or where: no source column {name}"
    if flow.agree:
        for name in (*flow.agree.when, *flow.agree.same):
            if name not in flow.columns:
                yield f"agree: no column {name}"
    yield from _total_breaches(flow)


def _total_breaches(flow: Flow) -> Iterator[str]:
    """What is added up must be a value of v2, or the sum of a row's parts."""
    totals = flow.totals
    if totals is None:
        return
    for name in (totals.symbol, totals.instant, *(totals.notional or ())):
        if not isinstance(flow.columns.get(name), Copied):
            yield f"totals: {name} must be a column that is copied"
    for name in totals.sums.values():
        if not isinstance(flow.columns.get(name), Copied | Sum):
            yield f"totals: {name} must be a column that is copied or a sum"


def source_type_of(mapping: MigrationMapping, flow: Flow, column: str) -> str | None:
    """The declared type of a source column, `table.column` for merged rows and parts."""
    table, dot, name = column.partition(".")
    if not dot:
        return mapping.source.tables[flow.source].get(column)
    if table not in _tables_of(flow)[1:]:
        return None
    return mapping.source.tables[table].get(name)


def _column_breaches(
    mapping: MigrationMapping, flow: Flow, name: str, seen: set[str]
) -> Iterator[str]:
    column = flow.columns[name]
    if isinstance(column, Constant):
        return
    kind = mapping.conversions.get(column.conversion)
    if kind is None:
        yield f"no conversion {column.conversion!r} is declared"
        return
    names = [column.column, *([column.weight] if isinstance(column, Mean) else [])]
    for source_name in names:
        source_type = source_type_of(mapping, flow, source_name)
        if source_type is None:
            yield f"v2 has no column {source_name}"
        elif not _fits(kind, source_type):
            yield f"{source_name} is {source_type}, which {column.conversion} cannot convert"
    if isinstance(column, Sum | Mean) and not (flow.parts and isinstance(kind, DecimalKind)):
        yield "a sum or mean needs parts and a decimal conversion"
    if isinstance(column, Copied):
        if column.must_exist and not (isinstance(kind, Uuid) and kind.of in seen):
            yield "must_exist needs a uuid of a table whose flow stands above"
        if column.if_null == "empty_text" and not isinstance(kind, Text):
            yield "empty_text is for texts"


def _fits(kind: object, source_type: str) -> bool:
    bare = source_type.partition("(")[0]
    match kind:
        case Text() | Enum():
            return bare in TEXTS
        case DecimalKind():
            return bare in NUMBERS
        case Instant():
            return source_type in TIMES
        case Uuid() | Prefixed() | Integer():
            return bare in INTEGERS
        case _:
            return True


def _missed_columns(mapping: MigrationMapping) -> Iterator[str]:
    """Columns of v2 that no flow reads: nothing is left behind without a word."""
    used: dict[str, set[str]] = {table: set() for table in mapping.source.tables}
    for flow in mapping.flows:
        used[flow.source] |= {flow.key, *flow.where}
        if flow.merge:
            used[flow.merge.table] |= {flow.merge.key, flow.merge.by}
        for column in flow.columns.values():
            if isinstance(column, Copied):
                table, dot, name = column.column.partition(".")
                used[table if dot else flow.source].add(name if dot else column.column)
    for table in mapping.verbatim:
        used[table] |= set(mapping.source.tables[table])
    for table, columns in mapping.source.tables.items():
        for name in columns:
            if name not in used[table]:
                yield (
                    f"{table}.{name} is mapped by no flow: give it a column, or keep {table}"
                    " verbatim"
                )
