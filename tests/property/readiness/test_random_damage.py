"""Random damage at random rows is found, each with its key, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.reconcile.data_check import check_data
from readiness.reconcile.mapping import read_mapping
from readiness.scratch_database import create_scratch_database, drop_database
from tests.builders.migrated_pair import Pair, execute, make_pair

ROWS = 1_500
CLEAN = {5, 9}  # In quarantine, so not there.
CHANGES = (
    "UPDATE fills_v3 SET quantity = -quantity WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET price = price + 0.00000001 WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET event_at = event_at - interval '2 hours' WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET symbol = symbol || 'X' WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET is_maker = NOT is_maker WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET fee = NULL WHERE id = v3_id({key})",
    "UPDATE fills_v3 SET parent_id = v3_id({key}) WHERE id = v3_id({key})",
    "DELETE FROM fills_v3 WHERE id = v3_id({key})",
)
KEYS = st.integers(2, ROWS).filter(lambda key: key not in CLEAN)
DAMAGE = st.dictionaries(KEYS, st.sampled_from(CHANGES), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def pair(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One pair of databases for all examples; each example puts back what it damaged."""

    async def make() -> Pair:
        source = await create_scratch_database(postgres_url)
        target = await create_scratch_database(postgres_url)
        made = await make_pair(source, target, Path(tmp_path_factory.mktemp("pair")), ROWS)
        await execute(made.target_url, "CREATE TABLE clean AS SELECT * FROM fills_v3")
        return made

    made = asyncio.run(make())
    yield made
    for url in (made.source_url, made.target_url):
        asyncio.run(drop_database(postgres_url, url))


async def _damaged_keys(pair: Pair, damage: dict[int, str]) -> set[int]:
    """Damage these rows, check, put them back; every key that was named of a row or a value."""
    loose = "SET session_replication_role = replica"
    changes = [change.format(key=key) for key, change in damage.items()]
    await execute(pair.target_url, "; ".join([loose, *changes]))
    outcome = await check_data(pair.source_url, pair.target_url, read_mapping(pair.mapping))
    everything = "DELETE FROM fills_v3; INSERT INTO fills_v3 SELECT * FROM clean"
    await execute(pair.target_url, f"{loose}; {everything}")
    return {
        int(it.what.rpartition("key ")[2])
        for finding in outcome.findings
        if finding.location and finding.location.path.startswith("public.fills_v3")
        for it in finding.evidence
        if " key " in it.what
    }


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(damage=DAMAGE)
def test_random_damage_is_found_with_its_key(damage: dict[int, str], pair: Pair) -> None:
    """The keys that are named are the keys of the damaged rows, no more and no fewer."""
    assert asyncio.run(_damaged_keys(pair, damage)) == set(damage)


def test_what_was_put_back_is_clean(pair: Pair) -> None:
    """After all examples the copy is clean, so none of them leaned on another."""
    assert asyncio.run(_damaged_keys(pair, {})) == set()
