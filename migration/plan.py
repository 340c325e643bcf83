"""What a run would do, found without writing anything: rows, quarantine by reason, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from migration.batches import reading
from migration.databases import blame
from migration.flow_query import flow_query, merged_query
from migration.ledger import exists
from migration.run import BATCH_ROWS, Sides, count_rows

__all__ = ["Plan", "PlannedFlow", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFlow:
    """What would become of one stream of rows; `reasons` counts rows by each reason they have."""

    flow: str
    rows: int
    would_copy: int
    would_quarantine: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do."""

    has_begun: bool
    flows: tuple[PlannedFlow, ...]
    verbatim: tuple[str, ...]


def make_plan(sides: Sides) -> Plan:
    """Judge every row as a run would, and write nothing. Raises MigrationError."""
    with blame("target"):
        begun = exists(sides.target, sides.mapping)
        sides.target.rollback()
    counts = count_rows(sides)
    kept_out: dict[str, frozenset[int]] = {}
    flows = []
    for job in sides.jobs:
        if job.merge:
            query = merged_query(sides.mapping, job.flow, job.merge, kept_out)
        else:
            lengths = sides.catalogue.lengths.get(job.flow.into, {})
            query = flow_query(sides.mapping, job.flow, lengths, kept_out)
        reasons, rejected = _judge(sides, query)
        if not job.merge:
            kept_out[job.table] = kept_out.get(job.table, frozenset()) | rejected
        flows.append(
            PlannedFlow(
                flow=job.name,
                rows=counts[job.name],
                would_copy=counts[job.name] - len(rejected),
                would_quarantine=len(rejected),
                reasons=dict(reasons.most_common()),
            )
        )
    return Plan(has_begun=begun, flows=tuple(flows), verbatim=tuple(sides.mapping.verbatim))


def _judge(sides: Sides, query: str) -> tuple[Counter[str], frozenset[int]]:
    """Rows by reason, and the keys of those that would go into quarantine."""
    reasons: Counter[str] = Counter()
    rejected: set[int] = set()
    judged = (
        f"SELECT k, array_to_string(why, ',') FROM ({query}) AS q (k, why)"  # noqa: S608
        " WHERE why IS NOT NULL ORDER BY k"
    )
    with reading(sides.source, judged, BATCH_ROWS) as batches:
        for lines in batches:
            for line in lines:
                key, why = line.rstrip(b"\n").decode().split("\t", 1)
                rejected.add(int(key))
                reasons.update(why.split(","))
    return reasons, frozenset(rejected)
