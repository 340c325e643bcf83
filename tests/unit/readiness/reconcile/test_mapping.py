"""The mapping file: the real one is read whole, and every fault is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.reconcile.mapping import MappingRefused, read_mapping
from tests.builders.migrated_pair import MAPPING

ROOT = Path(__file__).resolve().parents[4]


def test_the_projects_own_mapping_is_read() -> None:
    """Every flow names the table that it goes to; a column's type is found by its place."""
    mapping = read_mapping(ROOT / "migration/v2_to_v3.yaml")
    flows = {flow.source: flow for flow in mapping.flows}
    assert flows["orders"].name == "orders->public.orders"
    assert mapping.type_of(flows["orders"], "symbol") == "character varying(20)"
    assert mapping.type_of(flows["orders"], "exchange_orders.error") == "text"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("format: 1", "format: 2", "Invalid enum value 2"),
        ("zone: Europe/Berlin", "zone: Moon/Base", "expected a zone like Europe/Berlin"),
        ("as: fee}", "as: fees}", "conversion 'fees' is not one of the file's conversions"),
        ("from: price,", "from: prize,", "reads trades.prize, which source.tables does not name"),
        ("from: price,", "fron: price,", "unknown field `fron`"),
        ("{constant: v2}", "{constant: v2, from: note, as: text}", "expected exactly one of"),
        ("settings: {key: name}", "colours: {key: name}", "table colours is mapped, but"),
        ("target_key: id", "target_key: note", "is the target_key, expected a column"),
        ("instant: event_at", "instant: eventually", "name eventually, which is not one of"),
        ("kind: enum", "kind: emum", "Invalid enum value 'emum'"),
        ("format: 1", "format: [", "correct that place"),
    ],
)
def test_a_fault_is_one_sentence(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    """It names the file, the place and what was expected; nothing is guessed."""
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING.replace(old, new, 1), "utf-8")
    with pytest.raises(MappingRefused) as refused:
        read_mapping(file)
    said = str(refused.value)
    assert sentence in said
    assert str(file) in said
    assert "\n" not in said


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    """Without a mapping there is nothing to check by."""
    with pytest.raises(MappingRefused, match="name the file with --mapping"):
        read_mapping(tmp_path / "nowhere.yaml")
