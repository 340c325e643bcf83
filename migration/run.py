"""A whole migration: examine both sides, copy what is not copied yet, and catch up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from migration.catching_up import catch_up_job
from migration.copying import Advance, Job, copy_job, jobs_of
from migration.databases import Connection, blame, connect_source, connect_target
from migration.errors import MigrationError
from migration.examination import Catalogue, examine_source, examine_target, source_identity
from migration.flow_query import where_of
from migration.lanes import Lane, run_lanes, waits_for
from migration.ledger import exists, make_ledger, note_step, remember_source
from migration.mapping import MigrationMapping
from migration.mapping_rules import load_mapping
from migration.sql_text import qualified
from migration.verbatim import copy_verbatim, is_begun

__all__ = [
    "BATCH_ROWS",
    "LANES",
    "Sides",
    "begin",
    "catch_up",
    "copy_all",
    "count_rows",
    "opened",
]

BATCH_ROWS = 10_000
LANES = 2
ROUNDS_MAX = 5
LOCK = 0x6D6967726174696F  # Two migrations into one target would write over each other.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both databases, examined, and the mapping between them."""

    mapping: MigrationMapping
    mapping_sha256: str
    source: Connection
    target: Connection
    catalogue: Catalogue
    source_identity: str
    source_url: str = field(repr=False)
    target_url: str = field(repr=False)

    @property
    def jobs(self) -> list[Job]:
        """Every stream of rows, parents before children."""
        return jobs_of(self.mapping)


@contextmanager
def opened(source_url: str, target_url: str, mapping_path: Path) -> Iterator[Sides]:
    """Both sides, found to be what the mapping says. Raises MigrationError; writes nothing."""
    mapping = load_mapping(mapping_path)
    digest = hashlib.sha256(mapping_path.read_bytes()).hexdigest()
    with connect_source(source_url) as source, connect_target(target_url) as target:
        with blame("source"):
            identity = source_identity(source)
        with blame("target"):
            if source_identity(target) == identity:
                raise MigrationError(
                    "source and target are the same database: give v2's as --source and v3's as"
                    " --target"
                )
        examine_source(source, mapping)
        yield Sides(
            mapping=mapping,
            mapping_sha256=digest,
            source=source,
            target=target,
            catalogue=examine_target(target, mapping),
            source_identity=identity,
            source_url=source_url,
            target_url=target_url,
        )


def begin(sides: Sides) -> None:
    """Take the right to write, and the migration's tables, or go on with those that are there.

    Raises MigrationError when another migration is at work, or another one has begun here.
    """
    target, mapping = sides.target, sides.mapping
    with blame("target"):
        _alone(target)
        if not exists(target, mapping):
            make_ledger(target, mapping)
        remember_source(target, mapping, sides.source_identity, sides.mapping_sha256)
        target.commit()


def copy_all(sides: Sides, *, batch_rows: int, advance: Advance, lanes: int = 1) -> None:
    """Copy every flow that is not copied yet, and what is kept verbatim; a call after a kill goes
    on where it was.

    As many streams as there are `lanes` are copied at once, each lane on sessions of its own, the
    first one on those of `sides`. Raises MigrationError.
    """
    begin(sides)

    def work(lane: Lane, job: Job, told: Advance) -> None:
        copy_job(
            lane.source,
            lane.target,
            sides.mapping,
            job,
            sides.catalogue.lengths,
            batch_rows=batch_rows,
            advance=told,
        )

    jobs = sides.jobs
    with ExitStack() as sessions:
        pairs = [Lane(source=sides.source, target=sides.target)]
        for _ in range(lanes - 1):
            source = sessions.enter_context(connect_source(sides.source_url))
            target = sessions.enter_context(connect_target(sides.target_url))
            pairs.append(Lane(source=source, target=target))
        run_lanes(jobs, waits_for(sides.mapping, jobs), pairs, work, advance)
    if not is_begun(sides.target, sides.mapping):
        # Later it is a change of v2 that is caught up; now it is a part of the copy.
        copy_verbatim(sides.source, sides.target, sides.mapping)


def catch_up(sides: Sides, *, batch_rows: int) -> list[int]:
    """Apply what v2 has changed, round after round until one is quiet; rows changed per round.

    Raises MigrationError when v2 writes faster than it is read.
    """
    rounds: list[int] = []
    while not rounds or rounds[-1] > batch_rows:
        if len(rounds) == ROUNDS_MAX:
            raise MigrationError(
                f"v2 changes more than {batch_rows} rows in each of {ROUNDS_MAX} rounds: let it"
                " rest, or freeze it with the cut-over"
            )
        rounds.append(catch_up_once(sides, batch_rows=batch_rows))
    return rounds


def catch_up_once(sides: Sides, *, batch_rows: int) -> int:
    """One round over every stream; how many rows had changed."""
    changed = 0
    for job in sides.jobs:
        changed += catch_up_job(
            sides.source,
            sides.target,
            sides.mapping,
            job,
            sides.catalogue.lengths,
            batch_rows=batch_rows,
        )
    changed += copy_verbatim(sides.source, sides.target, sides.mapping)
    with blame("target"):
        if changed:
            note_step(sides.target, sides.mapping, "caught up", {"rows": changed})
        sides.target.commit()
    return changed


def count_rows(sides: Sides) -> dict[str, int]:
    """Rows of v2 that each job is about."""
    counts = {}
    with blame("source"):
        for job in sides.jobs:
            table = qualified(sides.mapping.source.schema, job.table)
            where = "" if job.merge else where_of(job.flow)
            row = sides.source.execute(f"SELECT count(*) FROM {table} {where}").fetchone()  # noqa: S608
            counts[job.name] = int(row[0]) if row else 0
        sides.source.rollback()
    return counts


def _alone(target: Connection) -> None:
    """Hold the right to migrate into this target until the session ends."""
    row = target.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    if not row or not row[0]:
        raise MigrationError(
            "another migration is writing to this target: wait until it ends, or end it"
        )
