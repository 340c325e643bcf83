"""Did everything arrive? Rows accounted for, digests on both sides, and money per symbol and day.

Three questions, each asked of the databases and not of the copy's memory: does what was written
down equal what v2 says now, does what v3 holds equal what was written down, and do the sums of
v2 equal those of v3 plus those of the quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration.catching_up import differences
from migration.copying import Job
from migration.databases import blame
from migration.errors import MigrationError
from migration.flow_query import digest, output_columns, value_row, where_of
from migration.ledger import book, exists, read_progress
from migration.mapping import Constant, Flow
from migration.run import Sides, count_rows
from migration.sql_text import constant, ident, literal, qualified
from migration.totals import Discrepancy, compare_totals
from migration.verbatim import read_verbatim

__all__ = ["Account", "Verification", "verify"]

EXAMPLES = 5
BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The rows of one stream: each is copied or in quarantine, and neither side has changed."""

    flow: str
    source_rows: int
    copied: int
    quarantined: int
    changed_at_source: int
    wrong_in_target: int
    unknown_in_target: int
    examples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True when nothing is missing, changed, wrong or too much."""
        return self.source_rows == self.copied + self.quarantined and not (
            self.changed_at_source or self.wrong_in_target or self.unknown_in_target
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found; `reasons` counts the quarantine by flow and reason."""

    accounts: tuple[Account, ...]
    homeless: dict[str, int]
    verbatim_changed: dict[str, int]
    reasons: dict[str, dict[str, int]]
    totals_compared: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def holds(self) -> bool:
        """True when every row and every sum is accounted for."""
        return (
            all(account.holds for account in self.accounts)
            and not any(self.homeless.values())
            and not any(self.verbatim_changed.values())
            and not self.discrepancies
        )


def verify(sides: Sides) -> Verification:
    """Ask everything. Raises MigrationError when nothing was copied, or not to the end."""
    _demand_finished(sides)
    counts = count_rows(sides)
    accounts = tuple(_account(sides, job, counts[job.name]) for job in sides.jobs)
    compared, discrepancies = compare_totals(sides.source, sides.target, sides.mapping)
    return Verification(
        accounts=accounts,
        homeless=_homeless(sides),
        verbatim_changed=_verbatim_changed(sides),
        reasons=_reasons(sides),
        totals_compared=compared,
        discrepancies=discrepancies,
    )


def _demand_finished(sides: Sides) -> None:
    with blame("target"):
        begun = exists(sides.target, sides.mapping)
        unfinished = [
            job.name
            for job in sides.jobs
            if not begun or not read_progress(sides.target, sides.mapping, job.name).finished
        ]
        sides.target.rollback()
    if unfinished:
        raise MigrationError(
            f"the migration is not finished ({', '.join(unfinished)}): give run again, then verify"
        )


def _account(sides: Sides, job: Job, source_rows: int) -> Account:
    changed = 0
    examples: list[str] = []
    found = differences(
        sides.source,
        sides.target,
        sides.mapping,
        job,
        sides.catalogue.lengths,
        batch_rows=BATCH_ROWS,
    )
    for changes in found:
        changed += changes.count
        keys = [*(line.split(b"\t", 1)[0].decode() for line in changes.lines), *changes.gone]
        examples += [f"v2 row {key}" for key in keys[: EXAMPLES - len(examples)]]
    wrong, unknown = 0, 0
    with blame("target"):
        copied, quarantined = (
            _count(sides, f"FROM {book(sides.mapping, table)} WHERE flow = {literal(job.name)}")
            for table in ("key_map", "quarantine")
        )
        if not job.merge:
            wrong_rows = _wrong(sides, job.flow)
            wrong = _count(sides, wrong_rows)
            examples += _keys(sides, wrong_rows)
            unknown = _count(sides, _unknown(sides, job.flow))
        sides.target.rollback()
    return Account(
        flow=job.name,
        source_rows=source_rows,
        copied=copied,
        quarantined=quarantined,
        changed_at_source=changed,
        wrong_in_target=wrong,
        unknown_in_target=unknown,
        examples=tuple(examples),
    )


def _count(sides: Sides, rest: str) -> int:
    row = sides.target.execute(f"SELECT count(*) {rest}").fetchone()
    return int(row[0]) if row else 0


def _keys(sides: Sides, rest: str) -> list[str]:
    rows = sides.target.execute(
        f"SELECT k.source_key {rest} ORDER BY 1 LIMIT {EXAMPLES}"
    ).fetchall()
    return [f"v3's row of v2 row {key}" for (key,) in rows]


def _wrong(sides: Sides, flow: Flow) -> str:
    """Rows that were copied and are gone from v3, or do not hold what was copied."""
    values = {name: f"t.{ident(name)}" for name in output_columns(flow)}
    row = digest(value_row(sides.mapping, flow, values), "k.residue")
    constants = [
        f"t.{ident(name)} IS DISTINCT FROM {constant(column.constant)}"
        for name, column in flow.columns.items()
        if isinstance(column, Constant)
    ]
    differs = " OR ".join([f"t.{ident(flow.target_key)} IS NULL", f"{row} <> k.digest", *constants])
    return (
        f"FROM {book(sides.mapping, 'key_map')} AS k LEFT JOIN {_into(flow)} AS t"
        f" ON t.{ident(flow.target_key)} = k.target_id"
        f" WHERE k.flow = {literal(flow.name)} AND ({differs})"
    )


def _unknown(sides: Sides, flow: Flow) -> str:
    """Rows that look migrated and that nobody has copied."""
    scope = [f"t.{ident(name)} = {literal(word)}" for name, word in flow.scope.items()]
    return (
        f"FROM {_into(flow)} AS t LEFT JOIN {book(sides.mapping, 'key_map')} AS k"
        f" ON k.flow = {literal(flow.name)} AND k.target_id = t.{ident(flow.target_key)}"
        f" WHERE {' AND '.join(['k.target_id IS NULL', *scope])}"
    )


def _into(flow: Flow) -> str:
    return qualified(*flow.into.split("."))


def _homeless(sides: Sides) -> dict[str, int]:
    """Rows of v2 that belong to no flow because of their `where`."""
    flows: dict[str, list[Flow]] = {}
    for flow in sides.mapping.flows:
        flows.setdefault(flow.source, []).append(flow)
    found = {}
    for table, readers in flows.items():
        if all(flow.where for flow in readers):
            taken = " OR ".join(f"({where_of(flow).removeprefix('WHERE ')})" for flow in readers)
            name = qualified(sides.mapping.source.schema, table)
            with blame("source"):
                row = sides.source.execute(
                    f"SELECT count(*) FROM {name} WHERE ({taken}) IS NOT TRUE"  # noqa: S608
                ).fetchone()
                sides.source.rollback()
            found[table] = int(row[0]) if row else 0
    return found


def _verbatim_changed(sides: Sides) -> dict[str, int]:
    """Rows kept as JSON that are not what v2 has now."""
    changed = {}
    for table, kept in sides.mapping.verbatim.items():
        now = set(read_verbatim(sides.source, sides.mapping, table, kept.key).items())
        with blame("target"):
            rows = sides.target.execute(
                f"SELECT source_key, source_row::text FROM {book(sides.mapping, 'verbatim')}"  # noqa: S608
                " WHERE source_table = %s",
                (table,),
            ).fetchall()
            sides.target.rollback()
        changed[table] = len(now ^ set(rows))
    return changed


def _reasons(sides: Sides) -> dict[str, dict[str, int]]:
    with blame("target"):
        rows = sides.target.execute(
            "SELECT flow, reason, count(*) FROM"  # noqa: S608
            f" {book(sides.mapping, 'quarantine')}, unnest(reasons) AS reason"
            " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
        ).fetchall()
        sides.target.rollback()
    counted: dict[str, dict[str, int]] = {}
    for flow, reason, count in rows:
        counted.setdefault(flow, {})[reason] = count
    return counted
