"""The mapping file: the one that ships is sound, and every fault in one is a clear sentence."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from migration.errors import MappingRefused
from migration.mapping import (
    Constant,
    Copied,
    DecimalKind,
    Mean,
    MigrationMapping,
    Sum,
    parse,
    read_raw,
)
from migration.mapping_rules import breaches, load_mapping, source_type_of

SHIPPED = Path(__file__).resolve().parents[3] / "migration/v2_to_v3.yaml"


@pytest.fixture
def raw() -> dict[str, Any]:
    """The shipped file as YAML's values, to be spoiled."""
    return copy.deepcopy(read_raw(SHIPPED))


@pytest.fixture
def mapping() -> MigrationMapping:
    """The shipped file."""
    return load_mapping(SHIPPED)


def test_the_shipped_mapping_is_sound(mapping: MigrationMapping) -> None:
    """The file that ships has no breach, and its parents stand before their children."""
    assert list(breaches(mapping)) == []
    names = [flow.source for flow in mapping.flows]
    assert names.index("orders") < names.index("trades")


def test_each_form_of_a_column_is_told_apart(mapping: MigrationMapping) -> None:
    """Constants, copies, sums and means are recognised by their own key."""
    columns = mapping.flows[0].columns
    assert isinstance(columns["origin"], Constant)
    assert isinstance(columns["symbol"], Copied)
    assert isinstance(columns["filled_qty"], Sum)
    assert isinstance(columns["avg_px"], Mean)
    assert columns["position_idx"] == Constant(constant=0)


def test_flows_are_named_by_both_ends(mapping: MigrationMapping) -> None:
    """A flow is called by where its rows come from and where they go."""
    assert mapping.flows[0].name == "orders->public.orders"
    assert mapping.flows[0].merged_name == "exchange_orders->public.orders"


def test_no_v2_row_becomes_a_leg(mapping: MigrationMapping) -> None:
    """Orders of v2 have position index 0, and nothing is written to v3's positions or fills."""
    assert mapping.flows[0].columns["position_idx"] == Constant(constant=0)
    into = {flow.into for flow in mapping.flows}
    assert not into & {"public.positions", "public.fills", "public.sltp_history"}


def test_types_of_source_columns_are_found_by_name(mapping: MigrationMapping) -> None:
    """A bare name is a column of the flow's own table, a dotted one of another."""
    flow = mapping.flows[0]
    assert source_type_of(mapping, flow, "price") == "numeric(20,8)"
    assert source_type_of(mapping, flow, "trades.fee") == "double precision"
    assert source_type_of(mapping, flow, "exchange_orders.error") == "text"
    assert source_type_of(mapping, flow, "balances.coin") is None
    assert source_type_of(mapping, flow, "nothing") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty or a list"),
        ("- a\n- b\n", "is empty or a list"),
        ("a: [", "is not YAML"),
        ("format: 2\n", "Invalid enum value 2"),
        ("format: 1\nsurprise: 1\n", "unknown field"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """What is not YAML, not a mapping, or has unknown keys is refused with its place."""
    path = tmp_path / "mapping.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(MappingRefused, match=words):
        load_mapping(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path stands in the sentence."""
    with pytest.raises(MappingRefused, match=r"nowhere\.yaml cannot be read"):
        load_mapping(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("column", [{}, {"from": "a", "constant": 1}, "symbol", None])
def test_a_column_has_exactly_one_form(raw: dict[str, Any], column: object) -> None:
    """A column with no form, or with two, is refused by its name."""
    raw["flows"][0]["columns"]["symbol"] = column
    with pytest.raises(MappingRefused, match="column symbol: expected exactly one of"):
        parse(raw)


def test_a_number_where_a_word_belongs_is_refused(raw: dict[str, Any]) -> None:
    """Shapes are checked with the place in the file."""
    raw["conversions"]["money"]["rounding"] = "up"
    with pytest.raises(MappingRefused, match="rounding"):
        parse(raw)
    raw["conversions"]["money"] = {"kind": "guess"}
    with pytest.raises(MappingRefused, match="guess"):
        parse(raw)


def _spoil(raw: dict[str, Any], place: str, value: object) -> list[str]:
    """The breaches after one value, named by its dotted place, was changed."""
    *path, last = place.split(".")
    part: Any = raw
    for step in path:
        part = part[int(step)] if step.isdigit() else part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return list(breaches(parse(raw)))


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("source.zone", "Mars/Base", "is no IANA zone"),
        ("target.bookkeeping", "public", "a schema of its own"),
        ("conversions.money.scale", 99, "scale must be between 0 and precision"),
        ("conversions.side.words", {"BUY": ["b"], "SELL": ["B"]}, "no two words the same"),
        ("conversions.side.words", {"BUY": []}, "each word needs spellings"),
        ("conversions.flag.true_is", [], "each need a value"),
        ("flows.0.into", "orders", "expected schema.table"),
        ("flows.0.key", "symbol", "expected an integer column"),
        ("flows.0.merge.by", "error", "must be an integer column"),
        ("flows.0.merge.table", "ghosts", "no table ghosts"),
        ("flows.1.source", "ghosts", "no table ghosts"),
        ("flows.0.target_key", "symbol", "must be a column with a uuid conversion"),
        ("flows.0.target_key", "nothing", "must be a column with a uuid conversion"),
        ("flows.1.target_key", "order_id", "must be the uuid of trades.id"),
        ("flows.0.scope", {"account": "main"}, "must be the constant 'main'"),
        ("flows.0.scope", {"nothing": "v2"}, "no column nothing"),
        ("flows.0.unique", ["nothing"], "no source column nothing"),
        ("flows.1.where", {"nothing": 1}, "no source column nothing"),
        ("flows.0.agree.same", ["filled_qty", "nothing"], "agree: no column nothing"),
        ("flows.1.totals.symbol", "nothing", "totals: nothing must be"),
        ("flows.0.columns.symbol.as", "nothing", "no conversion 'nothing' is declared"),
        ("flows.0.columns.symbol.from", "nothing", "v2 has no column nothing"),
        ("flows.0.columns.symbol.as", "money", "which money cannot convert"),
        ("flows.0.columns.created_at.as", "flag", ""),
        ("flows.0.columns.commission.as", "text", "cannot convert"),
        ("flows.0.columns.price.if_null", "empty_text", "empty_text is for texts"),
        ("flows.0.columns.symbol.must_exist", True, "must_exist needs a uuid"),
        ("flows.0.parts", None, "needs parts"),
        ("flows.1.columns.is_maker", None, "trades.is_maker is mapped by no flow"),
        ("verbatim", {}, "config.key is mapped by no flow"),
        ("verbatim.config.key", "nothing", "no column config.nothing"),
    ],
)
def test_each_breach_is_named(raw: dict[str, Any], place: str, value: object, words: str) -> None:
    """What does not fit together is one sentence that names the thing."""
    found = _spoil(raw, place, value)
    assert any(words in breach for breach in found) or not words, found


def test_a_flow_that_stands_twice_is_refused(raw: dict[str, Any]) -> None:
    """Two flows with the same ends would bring each row twice."""
    raw["flows"].append(copy.deepcopy(raw["flows"][4]))
    found = list(breaches(parse(raw)))
    assert any("stands twice" in breach for breach in found)


def test_a_split_needs_its_parting(raw: dict[str, Any]) -> None:
    """Flows of one table are accepted when `where` parts its rows, and not otherwise."""
    other = copy.deepcopy(raw["flows"][4])
    other["into"] = "migration.v2_open_positions"
    raw["flows"].append(other)
    assert any("need a where each" in breach for breach in breaches(parse(raw)))
    raw["flows"][4]["where"] = {"is_open": 0}
    other["where"] = {"is_open": 1}
    assert list(breaches(parse(raw))) == []
    other["where"] = {"is_open": 0}
    assert any("need a where each" in breach for breach in breaches(parse(raw)))


def test_every_breach_is_told_at_once(raw: dict[str, Any], tmp_path: Path) -> None:
    """A file with two faults is refused with both."""
    import yaml

    raw["source"]["zone"] = "Mars/Base"
    raw["target"]["bookkeeping"] = "public"
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(raw), "utf-8")
    with pytest.raises(MappingRefused, match=r"no IANA zone.*schema of its own"):
        load_mapping(path)


def test_numbers_in_the_file_are_decimals(mapping: MigrationMapping) -> None:
    """Bounds of money are exact."""
    quantity = mapping.conversions["quantity"]
    assert isinstance(quantity, DecimalKind)
    assert str(quantity.max_change) == "1E-9"
