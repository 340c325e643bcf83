"""The copy: batch after batch from v2 into v3, each whole or absent, and again from where it was.

A batch goes into the target's table, the key map and the quarantine by COPY, together with how far
the flow has come, in one transaction. A batch does not wait for the target's disk: a server that
crashes loses whole batches, the latest first, and their progress with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from migration.batches import Batch, reading
from migration.databases import Connection, blame
from migration.flow_query import flow_query, merged_query, output_columns
from migration.ledger import (
    Progress,
    book,
    read_progress,
    rejected_keys,
    save_progress,
    take_statistics,
)
from migration.mapping import Flow, Merge, MigrationMapping
from migration.sql_text import ident, qualified

__all__ = ["Advance", "Job", "copy_job", "jobs_of", "query_of", "write_lines"]

# Told after each batch: the flow's name, rows copied and rows put into quarantine since the start.
Advance = Callable[[str, int, int], None]
KEY_COLUMNS = "flow, source_table, source_key, target_id, digest, residue"
QUARANTINE_COLUMNS = "flow, source_table, source_key, reasons, source_row, digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One stream of source rows: those of a flow, or those that are merged into them."""

    name: str
    table: str
    flow: Flow
    merge: Merge | None

    @property
    def prefix(self) -> bytes:
        """What leads each line of the key map and the quarantine."""
        return f"{self.name}\t{self.table}\t".encode()


def jobs_of(mapping: MigrationMapping) -> list[Job]:
    """Every stream, parents before children."""
    jobs = []
    for flow in mapping.flows:
        jobs.append(Job(name=flow.name, table=flow.source, flow=flow, merge=None))
        if flow.merge:
            name, table = flow.merged_name, flow.merge.table
            jobs.append(Job(name=name, table=table, flow=flow, merge=flow.merge))
    return jobs


def query_of(
    target: Connection,
    mapping: MigrationMapping,
    job: Job,
    lengths: Mapping[str, Mapping[str, int]],
    after: int | None = None,
) -> str:
    """The job's query, with what the quarantine holds now. `lengths` are per table of v3."""
    parents = rejected_keys(target, mapping, mapping.flows)
    target.rollback()
    if job.merge:
        return merged_query(mapping, job.flow, job.merge, parents, after)
    return flow_query(mapping, job.flow, lengths.get(job.flow.into, {}), parents, after)


def copy_job(
    source: Connection,
    target: Connection,
    mapping: MigrationMapping,
    job: Job,
    lengths: Mapping[str, Mapping[str, int]],
    *,
    batch_rows: int,
    advance: Advance,
) -> None:
    """Copy what is not copied yet; a job that is finished is left alone.

    Raises MigrationError; what was committed stays, and the next call goes on after it.
    """
    with blame("target"):
        progress = read_progress(target, mapping, job.name)
        if progress.finished:
            target.rollback()
            return
        query = query_of(target, mapping, job, lengths, progress.last_key)
    last_key = progress.last_key
    with reading(source, query, batch_rows) as batches:
        for lines in batches:
            batch = Batch(prefix=job.prefix)
            for line in lines:
                batch.add(line)
            with blame("target"):
                target.execute("SET LOCAL synchronous_commit = off")
                _write(target, mapping, job, batch)
                last_key = batch.last_key
                save_progress(
                    target, mapping, job.name, Progress(last_key=last_key, finished=False)
                )
                target.commit()
            advance(job.name, len(batch.keys), len(batch.rejected))
    with blame("target"):
        if not job.merge:
            take_statistics(target, mapping, job.flow)
        save_progress(target, mapping, job.name, Progress(last_key=last_key, finished=True))
        target.commit()


def _write(target: Connection, mapping: MigrationMapping, job: Job, batch: Batch) -> None:
    if not job.merge:
        columns = ", ".join(map(ident, output_columns(job.flow)))
        write_lines(target, f"{qualified(*job.flow.into.split('.'))} ({columns})", batch.values)
    write_lines(target, f"{book(mapping, 'key_map')} ({KEY_COLUMNS})", batch.keys)
    write_lines(target, f"{book(mapping, 'quarantine')} ({QUARANTINE_COLUMNS})", batch.rejected)


def write_lines(target: Connection, table_and_columns: str, lines: list[bytes]) -> None:
    """COPY lines in PostgreSQL's text form into a table."""
    if not lines:
        return
    with target.cursor() as cursor, cursor.copy(f"COPY {table_and_columns} FROM STDIN") as copy:
        copy.write(b"".join(lines))
