"""The mapping file, as the data check reads it: what of the old database became what of the new.

The check shares no code with the migration that it judges: the format of this file, described in
`docs/migration.md`, is their only bond.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "Column",
    "Conversion",
    "Flow",
    "Mapping",
    "MappingRefused",
    "Merge",
    "Parts",
    "read_mapping",
]

WAYS = "expected exactly one of constant, from + as, sum + as, mean + weight + as"


class MappingRefused(Exception):
    """The mapping cannot be used; the message names the place and what was expected there."""


class Conversion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named conversion: its kind, and the parameters of that kind."""

    kind: Literal["text", "enum", "decimal", "instant", "boolean", "integer", "uuid", "prefixed"]
    pattern: str = ""
    words: dict[str, list[str]] = {}
    precision: int = 0
    scale: int = 0
    rounding: Literal["exact", "half_even", "half_up", "down"] = "exact"
    sign: Literal["any", "positive", "not_negative"] = "any"
    at_most: str = ""
    max_change: str = ""
    true_is: list[int] = []
    false_is: list[int] = []
    of: str = ""
    prefix: str = ""
    digits: int = 0


class Column(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"source": "from", "conversion": "as"},
):
    """How one column of the target comes about: a constant, a converted value, a sum or a mean."""

    constant: str | int | bool | UnsetType | None = UNSET
    source: str = ""
    conversion: str = ""
    sum: str = ""
    mean: str = ""
    weight: str = ""
    result_scale: int = 0
    if_null: Literal["reject", "keep", "empty_text"] = "reject"
    must_exist: bool = False


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second table, of which one row is folded in: `by` is its column with the flow's key."""

    table: str
    key: str
    by: str


class Parts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table whose rows are summed up; of rows equal in `unique` only the first counts."""

    table: str
    key: str
    by: str
    unique: list[str] = []


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the columns `when` have these values, the two columns of `same` must be equal."""

    when: dict[str, str]
    same: list[str]


class Totals(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is added up per symbol and day: columns of the target, by what they were in v2."""

    symbol: str
    instant: str
    sums: dict[str, str] = {}
    notional: list[str] = []


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the source, and the table of the target that its rows go to."""

    source: str
    key: str
    into: str
    target_key: str
    columns: dict[str, Column]
    scope: dict[str, str] = {}
    where: dict[str, str | int | bool] = {}
    merge: Merge | None = None
    parts: Parts | None = None
    unique: list[str] = []
    agree: Agreement | None = None
    totals: Totals | None = None

    @property
    def name(self) -> str:
        """What the migration's bookkeeping calls it."""
        return f"{self.source}->{self.into}"


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The old database: its tables with the types that they must have, and its clock's zone."""

    tables: dict[str, dict[str, str]]
    dialect: str = ""
    schema: str = "public"
    zone: str = "UTC"


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new database; `bookkeeping` is the schema with the key map and the quarantine."""

    namespace: str
    schema: str = "public"
    bookkeeping: str = "migration"


class Verbatim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A small table whose rows are kept as they are."""

    key: str


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    format: Literal[1]
    source: Source
    target: Target
    conversions: dict[str, Conversion]
    flows: list[Flow]
    verbatim: dict[str, Verbatim] = {}

    def type_of(self, flow: Flow, place: str) -> str:
        """The declared type of `column` of the flow's table, or of `table.column`."""
        table, _, name = place.rpartition(".")
        return self.source.tables[table or flow.source][name]


def read_mapping(path: Path) -> Mapping:
    """Read and check the file; raises MappingRefused with one sentence that says what to do."""
    try:
        mapping = msgspec.yaml.decode(path.read_bytes(), type=Mapping)
    except OSError as error:
        raise MappingRefused(
            f"cannot read the mapping {path} ({error.strerror}): name the file with --mapping"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise MappingRefused(
            f"the mapping {path}: {reason}; correct that place, docs/migration.md has the format"
        ) from error
    for sentence in _faults(mapping):
        raise MappingRefused(f"the mapping {path}: {sentence}")
    return mapping


def _faults(mapping: Mapping) -> Iterator[str]:
    """Everything that the types of the file cannot hold, one sentence each."""
    try:
        ZoneInfo(mapping.source.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"source.zone is {mapping.source.zone!r}, expected a zone like Europe/Berlin"
    for table in [*(flow.source for flow in mapping.flows), *mapping.verbatim]:
        if table not in mapping.source.tables:
            yield f"table {table} is mapped, but source.tables does not name it: add its columns"
    for flow in mapping.flows:
        yield from _unnamed(flow, mapping)
        for name, column in flow.columns.items():
            yield from _faults_of(f"{flow.into}.{name}", column, mapping)
        key = flow.columns.get(flow.target_key)
        kind = mapping.conversions[key.conversion].kind if key and key.conversion else ""
        if kind not in ("uuid", "integer"):
            yield (
                f"{flow.into}.{flow.target_key} is the target_key, expected a column that is"
                " made of the source's key as uuid or as integer"
            )


def _unnamed(flow: Flow, mapping: Mapping) -> Iterator[str]:
    """Columns that the flow reads and the mapping does not know."""
    used = {flow.source: {flow.key} | set(flow.where)}
    if flow.merge:
        used.setdefault(flow.merge.table, set()).update((flow.merge.key, flow.merge.by))
    if flow.parts:
        parts = flow.parts
        used.setdefault(parts.table, set()).update((parts.key, parts.by, *parts.unique))
    if flow.totals:
        named = [flow.totals.symbol, flow.totals.instant, *flow.totals.sums.values()]
        for name in sorted({*named, *flow.totals.notional} - set(flow.columns)):
            yield f"the totals of {flow.into} name {name}, which is not one of its columns"
    for column in flow.columns.values():
        for place in filter(None, (column.source, column.sum, column.mean, column.weight)):
            table, _, name = place.rpartition(".")
            used.setdefault(table or flow.source, set()).add(name)
    for table, names in used.items():
        for name in sorted(names - set(mapping.source.tables.get(table, ()))):
            yield (
                f"the flow of {flow.source} reads {table}.{name}, which source.tables does not"
                " name: correct the name, or add the column with its type"
            )


def _faults_of(place: str, column: Column, mapping: Mapping) -> Iterator[str]:
    ways = (column.source, column.sum, column.mean)
    if (column.constant is not UNSET) + sum(map(bool, ways)) != 1:
        yield f"{place}: {WAYS}"
    elif any(ways) and column.conversion not in mapping.conversions:
        yield f"{place}: conversion {column.conversion!r} is not one of the file's conversions"
