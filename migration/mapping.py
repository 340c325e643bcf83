"""The mapping file as values: tables of v2, conversions, flows, columns.

`docs/migration.md` says what each word means. Reading checks shapes and words here, and what the
parts must be to one another in `mapping_rules`.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from migration.errors import MappingRefused

__all__ = [
    "Agree",
    "Boolean",
    "Column",
    "Constant",
    "Conversion",
    "Copied",
    "DecimalKind",
    "Enum",
    "Flow",
    "Instant",
    "Integer",
    "Mean",
    "Merge",
    "MigrationMapping",
    "Parts",
    "Prefixed",
    "Sum",
    "Text",
    "Totals",
    "Uuid",
    "parse",
    "read_raw",
]

Name = str


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="text"):
    """Kept letter by letter; `pattern` is a PostgreSQL regular expression."""

    pattern: str | None = None


class Enum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="enum"):
    """A word of v3 for each set of v2's spellings; the first spelling is v2's own."""

    words: dict[str, list[str]]


class DecimalKind(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="decimal"
):
    """A number with `precision` digits, `scale` of them decimals, and its rounding by name."""

    precision: int
    scale: int
    rounding: Literal["half_even", "half_up", "down", "exact"]
    sign: Literal["any", "positive", "not_negative"] = "any"
    max_change: Decimal | None = None
    at_most: Decimal | None = None


class Instant(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="instant"
):
    """A naive time of the source's zone, or an aware one."""


class Boolean(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="boolean"
):
    """True and false by the values that v2 had for them."""

    true_is: list[int | bool | str]
    false_is: list[int | bool | str]


class Integer(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="integer"
):
    """An integer as it is."""


class Uuid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="uuid"):
    """The id of a row of table `of`, derived from its integer key."""

    of: Name


class Prefixed(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="prefixed"
):
    """A text made of a prefix and the integer, padded with zeros."""

    prefix: str
    digits: int


Conversion = Text | Enum | DecimalKind | Instant | Boolean | Integer | Uuid | Prefixed


class Constant(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="form", tag="constant"
):
    """The same value in every row."""

    constant: bool | int | str | None


class Copied(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="form", tag="from"):
    """One converted value of the source row, or of the row merged into it."""

    column: str = msgspec.field(name="from")
    conversion: str = msgspec.field(name="as")
    if_null: Literal["reject", "keep", "empty_text"] = "reject"
    must_exist: bool = False


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="form", tag="sum"):
    """The sum of a converted column of the parts."""

    column: str = msgspec.field(name="sum")
    conversion: str = msgspec.field(name="as")


class Mean(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="form", tag="mean"):
    """The weighted mean of a converted column of the parts."""

    column: str = msgspec.field(name="mean")
    weight: str
    conversion: str = msgspec.field(name="as")
    result_scale: int


Column = Constant | Copied | Sum | Mean


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table that is folded in: one of its rows per row of the flow."""

    table: Name
    key: Name
    by: Name


class Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table whose rows are summed per row of the flow."""

    table: Name
    key: Name
    by: Name
    unique: list[Name] = []


class Agree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two target columns that must be equal where others have given values."""

    when: dict[Name, str]
    same: tuple[Name, Name]


class Totals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which money of the flow adds up per symbol and day: source column to target column."""

    symbol: Name
    instant: Name
    sums: dict[Name, Name]
    notional: tuple[Name, Name] | None = None


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of `source` becomes one row of `into`, or one of the quarantine."""

    source: Name
    key: Name
    into: Name
    target_key: Name
    columns: dict[Name, Column]
    scope: dict[Name, str] = {}
    where: dict[Name, int | bool | str] = {}
    merge: Merge | None = None
    parts: Parts | None = None
    unique: list[Name] = []
    agree: Agree | None = None
    totals: Totals | None = None

    @property
    def name(self) -> str:
        """As the key map and the quarantine call it."""
        return f"{self.source}->{self.into}"

    @property
    def merged_name(self) -> str:
        """The flow of the rows that are folded in."""
        return f"{self.merge.table if self.merge else ''}->{self.into}"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """v2's database as the mapping knows it."""

    dialect: str
    schema: Name
    zone: str
    tables: dict[Name, dict[Name, str]]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """v3's database, and the schema that the migration owns there."""

    schema: Name
    namespace: str
    bookkeeping: Name


class Verbatim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small table that is kept as JSON rows."""

    key: Name


class MigrationMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    format: Literal[1]
    source: Source
    target: Target
    conversions: dict[Name, Conversion]
    flows: list[Flow]
    verbatim: dict[Name, Verbatim] = {}


_FORMS = ("constant", "from", "sum", "mean")


def read_raw(path: Path) -> Any:
    """The YAML of a mapping file. Raises MappingRefused when it cannot be read."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MappingRefused(f"the mapping {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise MappingRefused(f"the mapping {path} is not YAML: {said}") from error


def parse(raw: Any) -> MigrationMapping:
    """The mapping in YAML's own values; shapes and words are checked, relations are not.

    Raises MappingRefused with the place in the file.
    """
    if not isinstance(raw, dict):
        raise MappingRefused("the mapping is empty or a list: expected the keys format, source, …")
    flows = raw.get("flows")
    formed = [_formed(flow) for flow in flows] if isinstance(flows, list) else flows
    try:
        return msgspec.convert({**raw, "flows": formed}, MigrationMapping)
    except msgspec.ValidationError as error:
        raise MappingRefused(f"mapping: {error}") from error


def _formed(flow: Any) -> Any:
    """The flow with each column's form told by the one key that only this form has."""
    columns = flow.get("columns") if isinstance(flow, dict) else None
    if not isinstance(columns, dict):
        return flow
    where = f"mapping, {flow.get('source')}->{flow.get('into')}"
    return {**flow, "columns": {name: _form(where, name, raw) for name, raw in columns.items()}}


def _form(where: str, name: str, raw: Any) -> Any:
    forms = [form for form in _FORMS if isinstance(raw, dict) and form in raw]
    if len(forms) != 1:
        raise MappingRefused(
            f"{where}, column {name}: expected exactly one of {', '.join(_FORMS)} in {raw!r}"
        )
    return {**raw, "form": forms[0]}
