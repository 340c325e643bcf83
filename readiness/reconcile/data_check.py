"""The data check: both databases, one mapping, every row and every sum; nothing is written.

What was not looked at is never called equal: it lowers the coverage, and a sample says with
which certainty it speaks for all rows.
"""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from readiness.check import Evidence, Finding
from readiness.reconcile.accounts import (
    Books,
    check_books,
    check_quarantine,
    check_strays,
    check_verbatim,
    open_books,
)
from readiness.reconcile.counting import compare_amounts, count_row
from readiness.reconcile.databases import Database, DataRefused, open_read_only
from readiness.reconcile.digests import (
    Amounts,
    Chunk,
    Sample,
    check_hashes_agree,
    chunks_of,
    compare_chunk,
)
from readiness.reconcile.legs import check_legs
from readiness.reconcile.links import check_references, check_sequences
from readiness.reconcile.mapping import Flow, Mapping
from readiness.reconcile.merge import unequal_rows
from readiness.reconcile.sampling import damaged_at_most
from readiness.reconcile.shape import Shape, read_shape
from readiness.reconcile.sides import Sides, sides_of
from readiness.reconcile.tally import Tally

__all__ = ["DataOutcome", "Step", "check_data"]

CONFIDENCE_RATIO = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far one flow has come: rows of the source that are behind, and how many there are."""

    flow: str
    rows_done: int
    rows_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOutcome:
    """What was looked at in one flow; `damaged` rows were found among the `looked_at`."""

    flow: str
    rows: int
    looked_at: int
    copied: int
    quarantined: int
    damaged: int
    columns: int
    columns_compared: int
    amounts: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOutcome:
    """Everything that was found and measured; `coverage_ratio` is of values, 0 to 1."""

    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    coverage_ratio: float
    rows: int


async def check_data(
    source_url: str,
    target_url: str,
    mapping: Mapping,
    *,
    sample: Sample | None = None,
    tell: Callable[[Step], None] = lambda _: None,
) -> DataOutcome:
    """Hold the target against the source through the mapping. Raises DataRefused.

    With `sample` only rows whose hashed key falls into it are compared; keys, references,
    sequences and legs are looked at in full all the same.
    """
    tally = Tally()
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(open_read_only("source", source_url))
        target = await stack.enter_async_context(open_read_only("target", target_url))
        await check_hashes_agree(source, target)
        shape = await read_shape(mapping, source, target, tally)
        books = await open_books(target, mapping)
        run = _Run(
            mapping=mapping,
            databases=(source, target),
            shape=shape,
            books=books,
            tally=tally,
            sample=sample,
            tell=tell,
        )
        outcomes, others = await _both(run.check_flows(), run.check_links())
        evidence = [it for outcome in outcomes for it in _told(outcome, sample)]
        evidence += await _reasons(target, books)
    evidence += others
    values = sum(it.rows * it.columns for it in outcomes)
    compared = sum(it.looked_at * it.columns_compared for it in outcomes)
    return DataOutcome(
        findings=tally.findings(),
        evidence=tuple(evidence),
        coverage_ratio=compared / values if values else 1.0,
        rows=sum(it.rows for it in outcomes),
    )


async def _both(
    flows: Coroutine[None, None, list[FlowOutcome]], links: Coroutine[None, None, list[Evidence]]
) -> tuple[list[FlowOutcome], list[Evidence]]:
    """Await both at once; where one fails the other is ended, and the first failure raised."""
    try:
        async with asyncio.TaskGroup() as group:
            one, other = group.create_task(flows), group.create_task(links)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return one.result(), other.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One check of all flows: what it reads from, and where it counts."""

    mapping: Mapping
    databases: tuple[Database, Database]
    shape: Shape
    books: Books
    tally: Tally
    sample: Sample | None
    tell: Callable[[Step], None]

    async def check_flows(self) -> list[FlowOutcome]:
        """All flows, one after the other."""
        return [await self.check_flow(number) for number in range(len(self.mapping.flows))]

    async def check_links(self) -> list[Evidence]:
        """What holds the target together: it is asked while the source still converts."""
        target, mapping, tally = self.databases[1], self.mapping, self.tally
        references = await check_references(target, mapping, tally)
        sequences = await check_sequences(target, mapping, tally)
        legs = await check_legs(target, mapping.target.schema, tally)
        kept = await check_verbatim(self.databases, mapping, self.books, tally)
        return _others(kept, references, sequences, legs)

    async def check_flow(self, number: int) -> FlowOutcome:
        """Account for every key, then digest by digest, then row by row where digests differ."""
        whole = self.mapping.flows[number]
        flow = _comparable(whole, self.shape.not_compared[whole.name])
        source, target = self.databases
        sides = sides_of(flow, self.mapping, self.shape.text_lengths(flow), target.version)
        rows = await check_books(flow, self.databases, self.mapping, self.books, self.tally)
        amounts = Amounts(names=_amount_names(sides))
        outcome = FlowOutcome(
            flow=flow.name,
            rows=rows,
            looked_at=0,
            copied=0,
            quarantined=0,
            damaged=0,
            columns=len(whole.columns),
            columns_compared=len(flow.columns),
            amounts=amounts,
        )
        async for keys, width in chunks_of(flow, source, self.mapping):
            quarantined = await self.books.quarantined(target, flow.name, keys)
            chunk = await compare_chunk(
                sides,
                keys,
                width,
                self.databases,
                self.mapping,
                quarantined=quarantined,
                amounts=amounts,
                sample=self.sample,
            )
            await check_quarantine(sides, keys, self.databases, self.books, quarantined, self.tally)
            damaged = await self._read_unequal(sides, chunk)
            outcome = replace(
                outcome,
                looked_at=outcome.looked_at + chunk.source_rows + len(quarantined),
                copied=outcome.copied + chunk.target_rows,
                quarantined=outcome.quarantined + len(quarantined),
                damaged=outcome.damaged + damaged,
            )
            done = min(rows, outcome.looked_at) if self.sample is None else 0
            self.tell(Step(flow=flow.name, rows_done=done, rows_total=rows))
        await check_strays(sides, target, self.mapping, self.books, self.tally)
        compare_amounts(amounts, flow.into, self.tally)
        self.tell(Step(flow=flow.name, rows_done=rows, rows_total=rows))
        return outcome

    async def _read_unequal(self, sides: Sides, chunk: Chunk) -> int:
        """Read the ranges that differ, and count what became of each row; how many differ."""
        damaged = 0
        in_quarantine = frozenset(chunk.quarantined)
        for keys in chunk.unequal:
            async for pairs in unequal_rows(
                sides,
                keys,
                self.databases,
                self.mapping,
                quarantined=chunk.quarantined,
                sample=self.sample,
            ):
                damaged += len(pairs)
                for pair in pairs:
                    count_row(pair, sides, self.mapping, in_quarantine, self.tally)
        return damaged


def _comparable(flow: Flow, left_out: frozenset[str]) -> Flow:
    """The flow without the columns that cannot be compared."""
    if flow.target_key in left_out:
        raise DataRefused(
            f"the target database has {flow.into}.{flow.target_key} of a type that holds no key of"
            " this mapping: correct the mapping"
        )
    columns = {name: it for name, it in flow.columns.items() if name not in left_out}
    totals = flow.totals
    if totals and left_out & {
        *(totals.symbol, totals.instant),
        *(*totals.sums.values(), *totals.notional),
    }:
        totals = None
    return msgspec.structs.replace(flow, columns=columns, totals=totals)


def _amount_names(sides: Sides) -> tuple[str, ...]:
    totals = sides.flow.totals
    if totals is None:
        return ()
    return (*totals.sums, *(["notional"] if totals.notional else []))


def _told(outcome: FlowOutcome, sample: Sample | None) -> Iterator[Evidence]:
    """What one flow's rows came to, in numbers."""
    unseen = outcome.rows - outcome.looked_at
    said = f"{outcome.looked_at:,} of {outcome.rows:,} rows looked at"
    if sample and outcome.looked_at:
        bound = damaged_at_most(
            outcome.rows,
            outcome.looked_at,
            min(outcome.damaged, outcome.looked_at),
            CONFIDENCE_RATIO,
        )
        said += (
            f"; with {CONFIDENCE_RATIO:.0%} confidence at most {bound:,} rows"
            f" ({bound / outcome.rows:.3%}) of this flow are damaged"
        )
    elif unseen > 0:
        said += f", {unseen:,} not"
    yield Evidence(
        what=f"{outcome.flow}: rows",
        measured=f"{said}; {outcome.copied:,} copied, {outcome.quarantined:,} in quarantine,"
        f" {outcome.damaged:,} differ",
        limit="every row copied or in quarantine, 0 differ",
        source="row counts and digests of both servers, by ranges of keys",
    )
    for place, name in enumerate(outcome.amounts.names):
        before, after = (
            sum((sums[place] for sums in side.values()), Decimal(0))
            for side in (outcome.amounts.source, outcome.amounts.target)
        )
        groups = len(outcome.amounts.source.keys() | outcome.amounts.target.keys())
        yield Evidence(
            what=f"{outcome.flow}: {name}",
            measured=f"{after.normalize():f} in {groups:,} sums per symbol and day",
            limit=f"{before.normalize():f} in the source",
            source="summed by both servers over the rows that were looked at",
        )


async def _reasons(target: Database, books: Books) -> list[Evidence]:
    """How many rows lie in quarantine, by table and reasons."""
    if not books.holds("quarantine"):
        return []
    rows = await target.rows(
        "SELECT source_table, array_to_string(reasons, ' '), count(*)"
        f" FROM {books.table('quarantine')} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100"
    )
    return [
        Evidence(
            what=f"quarantine of {table}: {reasons or 'no reason'}",
            measured=f"{count:,} rows",
            limit="each with a reason that holds",
            source=books.table("quarantine"),
        )
        for table, reasons, count in rows
    ]


def _others(kept: int, references: int, sequences: int, legs: int | None) -> list[Evidence]:
    return [
        Evidence(what="rows kept as JSON", measured=f"{kept:,} compared"),
        Evidence(what="references looked up", measured=f"{references:,}", limit="no orphan"),
        Evidence(what="sequences looked at", measured=f"{sequences:,}", limit="none behind"),
        Evidence(
            what="legs rebuilt from fills",
            measured="no legs are kept there" if legs is None else f"{legs:,}",
            limit="equal to the stored legs",
        ),
    ]
