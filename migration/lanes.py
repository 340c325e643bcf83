"""Streams that do not wait for each other, copied at the same time.

A lane is a pair of sessions and works on one stream at a time, in a thread of its own. While one
lane's source sorts before its first row, the other one's rows are on their way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from migration.copying import Advance, Job
from migration.databases import Connection
from migration.errors import MigrationError
from migration.ledger import is_created
from migration.mapping import Copied, Flow, MigrationMapping, Uuid

__all__ = ["Lane", "run_lanes", "waits_for"]

CANCEL_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A session on each side."""

    source: Connection
    target: Connection


Work = Callable[[Lane, Job, Advance], None]


def waits_for(mapping: MigrationMapping, jobs: Sequence[Job]) -> dict[str, frozenset[str]]:
    """By stream, the names of the earlier ones that must be over before it may begin.

    Those are the flow that its rows are folded into, the flows of every table that its rows must
    point to, and for a table of v3, whose foreign keys are not known here, all earlier flows into
    v3's tables.
    """
    waits: dict[str, frozenset[str]] = {}
    for number, job in enumerate(jobs):
        earlier = [other for other in jobs[:number] if not other.merge]
        needed = {job.flow.source} if job.merge else _pointed_at(mapping, job.flow)
        is_bound = not job.merge and not is_created(mapping, job.flow)
        waits[job.name] = frozenset(
            other.name
            for other in earlier
            if other.table in needed or (is_bound and not is_created(mapping, other.flow))
        )
    return waits


def _pointed_at(mapping: MigrationMapping, flow: Flow) -> set[str]:
    """Source tables whose rows this flow's rows must point to."""
    kinds = [
        mapping.conversions[column.conversion]
        for column in flow.columns.values()
        if isinstance(column, Copied) and column.must_exist
    ]
    return {kind.of for kind in kinds if isinstance(kind, Uuid)}


def run_lanes(
    jobs: Sequence[Job],
    waits: Mapping[str, frozenset[str]],
    lanes: Sequence[Lane],
    work: Work,
    advance: Advance,
) -> None:
    """Do all work, as many streams at once as there are lanes.

    The first failure, or an interrupt, ends every lane after its current batch and is raised.
    `advance` is called by one lane at a time.
    """
    told = _Told(advance)
    left, free = list(jobs), list(lanes)
    done: set[str] = set()
    running: dict[Future[None], tuple[str, Lane]] = {}
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="lane") as pool:
        try:
            while left or running:
                ready = [job for job in left if waits[job.name] <= done]
                for job, lane in zip(ready, tuple(free), strict=False):
                    left.remove(job)
                    free.remove(lane)
                    running[pool.submit(work, lane, job, told.advance)] = (job.name, lane)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    future.result()
                    name, lane = running.pop(future)
                    done.add(name)
                    free.append(lane)
        except BaseException:
            told.stop()
            for _, lane in running.values():
                _cancel(lane)
            raise


def _cancel(lane: Lane) -> None:
    """End what the source is computing; a session that is lost needs no end."""
    with suppress(psycopg.Error):
        lane.source.cancel_safe(timeout=CANCEL_TIMEOUT_S)


class _Told:
    """Hands on what lanes tell, one at a time, until it is stopped."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._lock = threading.Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """Whoever tells anything from now on ends."""
        self._is_stopped = True

    def advance(self, name: str, copied: int, quarantined: int) -> None:
        """Tell of one batch. Raises MigrationError after the stop."""
        if self._is_stopped:
            raise MigrationError("another lane has failed: give the same command again")
        with self._lock:
            self._advance(name, copied, quarantined)
