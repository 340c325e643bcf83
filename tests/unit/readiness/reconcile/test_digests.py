"""A row's hash: whatever differs between two rows makes another one, NULL and sign included."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from readiness.reconcile.digests import row_hash
from readiness.reconcile.mapping import read_mapping
from readiness.reconcile.sides import Sides, sides_of
from tests.builders.migrated_pair import MAPPING

# Account, key that is pointed at, symbol, side, quantity, price, fee, flag, note, time.
ROW = (
    ("'v2'", "text"),
    ("7", "bigint"),
    ("'BTCUSDT'", "text"),
    ("'BUY'", "text"),
    ("1.5", "numeric"),
    ("100", "numeric"),
    ("0.1", "numeric"),
    ("true", "boolean"),
    ("'a'", "text"),
    ("'2026-01-05 10:00:00.000001+00'", "timestamptz"),
)
OTHER = {
    "another constant": {0: "'v3'"},
    "NULL in place of a constant": {0: "NULL"},
    "another text": {2: "'ETHUSDT'"},
    "another case": {8: "'A'"},
    "NULL in place of a text": {8: "NULL"},
    "an empty text": {8: "''"},
    "another row": {1: "8"},
    "no row": {1: "NULL"},
    "the row 0": {1: "0"},
    "the other sign": {4: "-1.5"},
    "both signs": {4: "-1.5", 5: "-100"},
    "a last digit": {5: "100.00000001"},
    "NULL in place of a number": {6: "NULL"},
    "zero": {6: "0"},
    "no number": {6: "'NaN'"},
    "false": {7: "false"},
    "NULL in place of a flag": {7: "NULL"},
    "a microsecond": {9: "'2026-01-05 10:00:00.000002+00'"},
    "NULL in place of a time": {9: "NULL"},
    "the first of all times": {9: "'epoch'"},
    "two columns swapped": {4: "100", 5: "1.5"},
    "two texts swapped": {2: "'BUY'", 3: "'BTCUSDT'"},
    "all NULL": dict.fromkeys(range(10), "NULL"),
}


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    """A flow with a column of every kind."""
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING, "utf-8")
    mapping = read_mapping(file)
    return sides_of(mapping.flows[0], mapping, {}, 18)


def _hash(sides: Sides, url: str, changes: dict[int, str], key: int = 1, version: int = 18) -> int:
    values = ", ".join(
        f"({changes.get(place, value)})::{kind} AS c{place}"
        for place, (value, kind) in enumerate(ROW)
    )
    place = {column.name: number for number, column in enumerate(sides.compared)}
    assert [place["account"], place["quantity"], place["event_at"]] == [0, 4, 9]
    query = f"SELECT {row_hash(sides, version)} FROM (SELECT {key}::bigint AS key, {values}) AS r"  # noqa: S608
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def test_rows_that_differ_have_other_hashes(sides: Sides, postgres_url: str) -> None:
    """All these rows, and the right one under another key, are told from each other."""
    hashes = {name: _hash(sides, postgres_url, changes) for name, changes in OTHER.items()}
    hashes["as it was"] = _hash(sides, postgres_url, {})
    hashes["another key"] = _hash(sides, postgres_url, {}, key=2)
    assert len(set(hashes.values())) == len(hashes)


def test_equal_values_have_one_hash(sides: Sides, postgres_url: str) -> None:
    """Digits behind the last one, and the zone of a time's text, are no difference."""
    as_it_was = _hash(sides, postgres_url, {})
    assert _hash(sides, postgres_url, {4: "1.50000000", 5: "100.0"}) == as_it_was
    assert _hash(sides, postgres_url, {9: "'2026-01-05 11:00:00.000001+01'"}) == as_it_was


def test_servers_of_unlike_versions_hash_alike(sides: Sides, postgres_url: str) -> None:
    """What version 18 hashes as a time with its zone is what older ones hash in UTC."""
    for changes in ({}, {9: "'infinity'"}, {9: "'1969-12-31 23:59:59.999999+00'"}):
        one, other = (_hash(sides, postgres_url, changes, version=it) for it in (17, 18))
        assert one == other
