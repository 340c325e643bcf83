"""The catalogue of dirt: what it names exists, and it is refused where it has no room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from legacy_v2.aged.dirt import DIRT, choose_trips
from legacy_v2.aged.rows import AgedPlan

SCHEMA = (Path(__file__).parents[4] / "legacy_v2" / "schema.sql").read_text("utf-8")


def _columns(table: str) -> set[str]:
    """The columns that schema.sql gives a table."""
    found = re.search(rf"CREATE TABLE {table} \((.*?)\n\);", SCHEMA, re.S)
    assert found is not None
    return set(re.findall(r"^    (\w+) ", found[1], re.M))


@pytest.mark.parametrize("kind", DIRT)
def test_dirt_names_what_the_schema_has(kind: str) -> None:
    """Table and column of each kind stand in schema.sql, and its statement takes chosen ids."""
    how = DIRT[kind]
    assert how.column in _columns(how.table)
    assert len(set(re.findall(r"%\((entries|trips)\)s", how.statement))) == 1
    assert how.adds in (-1, 0, 1)


def test_more_dirt_than_round_trips_is_refused() -> None:
    """Dirt that would have to share round trips is refused with what is missing."""
    with pytest.raises(ValueError, match="need 10 round trips, and 21 orders hold 8"):
        choose_trips(AgedPlan(orders=21, seed=1), kinds=2, count=5)


def test_no_round_trip_is_chosen_twice() -> None:
    """Every kind has round trips of its own, all of which exist, and the seed decides which."""
    plan = AgedPlan(orders=101, seed=1)
    chosen = choose_trips(plan, kinds=8, count=5)
    flat = sorted(trip for trips in chosen for trip in trips)
    assert flat == list(range(plan.trips))
    assert chosen == choose_trips(plan, kinds=8, count=5)
    assert chosen != choose_trips(AgedPlan(orders=101, seed=2), kinds=8, count=5)
