"""Reads what the digests found unequal, in the order of keys, and tells every row that differs.

Both sides come through server-side cursors in blocks, so memory does not grow with the rows, nor
with the number of differences.
"""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from readiness.reconcile.databases import Database
from readiness.reconcile.digests import Range, Sample, target_bounds
from readiness.reconcile.mapping import Mapping
from readiness.reconcile.sides import Sides

__all__ = ["RowPair", "merged", "unequal_rows"]

Row = tuple[str | None, ...]
Keyed = Sequence[Any]  # A key, and the texts of a row.


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPair:
    """One key under which the sides differ: the values as texts, None for a row that is absent.

    `is_repeated` tells that the target has held a row of this key before.
    """

    key: int
    source: Row | None
    target: Row | None
    is_repeated: bool = False


class _Stream:
    """One side's rows in the order of keys, one at a time, from blocks."""

    def __init__(self, blocks: AsyncIterator[Sequence[Keyed]]) -> None:
        self._blocks = blocks
        self.rows: Sequence[Keyed] = ()
        self.place = 0

    async def refill(self) -> bool:
        """Have a next row, if there is one."""
        if self.place < len(self.rows):
            return True
        self.place, self.rows = 0, ()
        async for block in self._blocks:
            self.rows = block
            break
        return bool(self.rows)


async def unequal_rows(
    sides: Sides,
    keys: Range,
    databases: tuple[Database, Database],
    mapping: Mapping,
    *,
    quarantined: Sequence[int],
    sample: Sample | None,
) -> AsyncIterator[list[RowPair]]:
    """Every key of the range under which the two sides differ, in blocks."""
    source, target = databases
    ours = source.blocks(
        _texts(sides, sides.source, sample), keys.low, keys.high, list(quarantined)
    )
    theirs = target.blocks(
        _texts(sides, sides.target, sample), *target_bounds(sides, keys, mapping)
    )
    async for pairs in merged(ours, theirs):
        yield pairs


async def merged(
    ours: AsyncIterator[Sequence[Keyed]], theirs: AsyncIterator[Sequence[Keyed]]
) -> AsyncIterator[list[RowPair]]:
    """Every key under which two streams of rows in the order of keys differ, in blocks."""
    left, right = _Stream(ours), _Stream(theirs)
    last_key: int | None = None
    while True:
        more = await asyncio.gather(left.refill(), right.refill())
        if not any(more):
            return
        pairs, last_key = _merged(left, right, last_key)
        if pairs:
            yield pairs


def _merged(
    ours: _Stream, theirs: _Stream, last_key: int | None
) -> tuple[list[RowPair], int | None]:
    """Walk both blocks until one of them is used up; the differing rows, and the last key."""
    pairs: list[RowPair] = []
    left, right, one, other = ours.rows, theirs.rows, ours.place, theirs.place
    while one < len(left) or other < len(right):
        if (one == len(left) and left) or (other == len(right) and right):
            break  # This side's next block may hold the next key.
        ours_next = left[one] if one < len(left) else None
        theirs_next = right[other] if other < len(right) else None
        mine = None if ours_next is None else ours_next[0]
        yours = None if theirs_next is None else theirs_next[0]
        if mine == yours:
            if ours_next != theirs_next:
                pairs.append(_pair(ours_next, theirs_next))
            one, other, last_key = one + 1, other + 1, mine
        elif yours is None or (mine is not None and mine < yours):
            pairs.append(_pair(ours_next, None))
            one, last_key = one + 1, mine
        else:
            pairs.append(_pair(None, theirs_next, is_repeated=yours == last_key))
            other, last_key = other + 1, yours
    ours.place, theirs.place = one, other
    return pairs, last_key


def _pair(ours: Keyed | None, theirs: Keyed | None, is_repeated: bool = False) -> RowPair:
    there = ours if ours is not None else theirs
    if there is None:
        raise ValueError("one of the rows is there")
    return RowPair(
        key=there[0],
        source=None if ours is None else tuple(ours)[1:],
        target=None if theirs is None else tuple(theirs)[1:],
        is_repeated=is_repeated,
    )


def _texts(sides: Sides, rows: str, sample: Sample | None) -> str:
    """The rows of one side as texts, in the order of keys."""
    texts = ", ".join(
        f"trim_scale(r.c{place})::text" if it.kind == "numeric" else f"r.c{place}::text"
        for place, it in enumerate(sides.compared)
    )
    where = f" WHERE {sample.condition('r.key')}" if sample else ""
    return f"SELECT r.key, {texts} FROM ({rows}) r{where} ORDER BY r.key"
