"""Streams at the same time: what may run beside what, and how all of them end."""

from __future__ import annotations

import threading

import msgspec
import pytest

from migration.copying import Advance, Job, jobs_of
from migration.databases import Connection
from migration.errors import MigrationError
from migration.lanes import Lane, run_lanes, waits_for
from migration.mapping import MigrationMapping

ORDERS = "orders->public.orders"
DEADLINE_S = 20


def _lanes(source: Connection, target: Connection, count: int) -> list[Lane]:
    return [Lane(source=source, target=target) for _ in range(count)]


def _nothing(*_: object) -> None:
    """Nobody listens."""


def test_children_wait_for_their_parents(mapping: MigrationMapping) -> None:
    """What points to orders waits for them, what is folded into them too, and nothing else."""
    waits = waits_for(mapping, jobs_of(mapping))
    assert waits == {
        ORDERS: frozenset(),
        "exchange_orders->public.orders": {ORDERS},
        "trades->migration.v2_trades": {ORDERS},
        "signals->migration.v2_signals": {ORDERS},
        "sltp_orders->migration.v2_sltp_orders": {ORDERS},
        "positions->migration.v2_positions": frozenset(),
        "balances->migration.v2_balances": frozenset(),
    }


def test_tables_of_v3_are_filled_in_the_order_of_the_file(mapping: MigrationMapping) -> None:
    """Two flows into v3's own tables may be bound by a foreign key, so the later one waits."""
    orders, trades = mapping.flows[0], mapping.flows[1]
    signals = msgspec.structs.replace(mapping.flows[2], into="public.signals")
    changed = msgspec.structs.replace(mapping, flows=[orders, trades, signals])
    waits = waits_for(changed, jobs_of(changed))
    assert waits["signals->public.signals"] == {ORDERS}
    free = msgspec.structs.replace(mapping, flows=[trades, signals])
    assert waits_for(free, jobs_of(free))["signals->public.signals"] == frozenset()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_stream_is_done_once_and_after_those_it_waits_for(
    mapping: MigrationMapping, source: Connection, target: Connection, count: int
) -> None:
    """However many lanes there are, each stream runs once and none too early."""
    jobs = jobs_of(mapping)
    waits = waits_for(mapping, jobs)
    begun: list[str] = []
    ended: list[str] = []

    def work(_lane: Lane, job: Job, advance: Advance) -> None:
        assert waits[job.name] <= set(ended)
        begun.append(job.name)
        advance(job.name, 1, 0)
        ended.append(job.name)

    told: list[tuple[str, int, int]] = []
    lanes = _lanes(source, target, count)
    run_lanes(jobs, waits, lanes, work, lambda *batch: told.append(batch))
    assert sorted(begun) == sorted(ended) == sorted(job.name for job in jobs)
    assert sorted(told) == sorted((job.name, 1, 0) for job in jobs)


def test_two_lanes_work_at_the_same_time(
    mapping: MigrationMapping, source: Connection, target: Connection
) -> None:
    """Orders and positions meet: each goes on only when the other one has begun."""
    jobs = [job for job in jobs_of(mapping) if job.table in ("orders", "positions")]
    met = threading.Barrier(2)

    def work(_lane: Lane, _job: Job, _advance: Advance) -> None:
        met.wait(DEADLINE_S)

    run_lanes(jobs, waits_for(mapping, jobs), _lanes(source, target, 2), work, _nothing)
    assert not met.broken


@pytest.mark.parametrize("failure", [MigrationError("no room left"), KeyboardInterrupt()])
def test_a_failure_ends_the_other_lane_and_is_told(
    mapping: MigrationMapping, source: Connection, target: Connection, failure: BaseException
) -> None:
    """The lane that goes on is ended at its next batch, and only the first failure is raised."""
    jobs = [job for job in jobs_of(mapping) if job.table in ("orders", "positions")]
    both = threading.Barrier(2)
    ends: list[str] = []

    def work(_lane: Lane, job: Job, advance: Advance) -> None:
        both.wait(DEADLINE_S)
        if job.table == "orders":
            raise failure
        try:
            while True:
                advance(job.name, 1, 0)
        except MigrationError as stopped:
            ends.append(str(stopped))
            raise

    with pytest.raises(type(failure)) as raised:
        run_lanes(jobs, waits_for(mapping, jobs), _lanes(source, target, 2), work, _nothing)
    assert raised.value is failure
    assert ends == ["another lane has failed: give the same command again"]
