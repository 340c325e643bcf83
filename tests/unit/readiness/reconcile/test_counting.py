"""What becomes of a row is counted under its kind, with the statement that mends it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from readiness.reconcile.counting import compare_amounts, count_row
from readiness.reconcile.digests import Amounts
from readiness.reconcile.mapping import Mapping, read_mapping
from readiness.reconcile.merge import RowPair
from readiness.reconcile.sides import Sides, sides_of
from readiness.reconcile.tally import Tally
from tests.builders.migrated_pair import MAPPING

ROW = ("v2", None, "BTC", "BUY", "1", "2", "0", "true", "it's", "2026-01-05 09:00:00+00")


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    """The mapping of the small pair."""
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING, "utf-8")
    return read_mapping(file)


@pytest.fixture
def sides(mapping: Mapping) -> Sides:
    """Both sides of its one flow."""
    return sides_of(mapping.flows[0], mapping, {}, 18)


def _counted(pair: RowPair, sides: Sides, mapping: Mapping) -> list[tuple[str, str]]:
    tally = Tally()
    count_row(pair, sides, mapping, {7}, tally)
    return [(it.rule_id, it.fix) for it in tally.findings()]


def test_a_lost_row_can_be_put_back(sides: Sides, mapping: Mapping) -> None:
    """Its INSERT has every value as text, with quotation marks doubled."""
    ((rule, fix),) = _counted(RowPair(key=3, source=ROW, target=None), sides, mapping)
    assert rule == "data-row-lost"
    assert fix.startswith('INSERT INTO "public"."fills_v3" ("id", "account", "parent_id",')
    assert "-8000-8000-000000000003', 'v2', NULL, 'BTC'" in fix
    assert "'it''s'" in fix


@pytest.mark.parametrize(
    ("key", "is_repeated", "rule"),
    [
        (3, False, "data-row-unexpected"),
        (3, True, "data-row-doubled"),
        (7, False, "data-row-copied-and-quarantined"),
    ],
)
def test_a_row_too_many_is_told_apart(
    key: int, is_repeated: bool, rule: str, sides: Sides, mapping: Mapping
) -> None:
    """From nowhere, a second time, or although it lies in quarantine."""
    pair = RowPair(key=key, source=None, target=ROW, is_repeated=is_repeated)
    ((found, fix),) = _counted(pair, sides, mapping)
    assert found == rule
    assert fix.startswith('DELETE FROM "public"."fills_v3" WHERE "id" = ')
    assert fix.endswith("look at it before")


def test_a_changed_value_can_be_set_back(sides: Sides, mapping: Mapping) -> None:
    """One UPDATE of one column of one row."""
    changed = (*ROW[:4], "-1", *ROW[5:])
    ((rule, fix),) = _counted(RowPair(key=3, source=ROW, target=changed), sides, mapping)
    assert rule == "data-sign-flipped"
    assert fix.startswith('UPDATE "public"."fills_v3" SET "quantity" = \'1\' WHERE "id" = ')


def test_sums_are_compared_per_symbol_and_day() -> None:
    """A sum that only one side has is a difference, with its size."""
    amounts = Amounts(names=("fee", "notional"))
    amounts.source[("BTC", "2026-01-05")] = [Decimal(1), Decimal(10)]
    amounts.target[("BTC", "2026-01-05")] = [Decimal(1), Decimal("9.5")]
    amounts.target[("ETH", "2026-01-06")] = [Decimal(2), Decimal(0)]
    tally = Tally()
    compare_amounts(amounts, "fills", tally)
    told = {(it.what, it.measured, it.limit) for f in tally.findings() for it in f.evidence[1:]}
    assert told == {
        ("fills, notional per symbol and day BTC 2026-01-05", "9.5 (-0.5)", "10"),
        ("fills, fee per symbol and day ETH 2026-01-06", "2 (+2)", "0"),
    }
