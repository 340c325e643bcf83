"""The keyed merge: block by block it tells what a comparison of whole tables would tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from readiness.reconcile.merge import Keyed, RowPair, merged

TABLES = st.dictionaries(st.integers(0, 30), st.sampled_from("abc"))
BLOCKS = st.integers(1, 7)


async def _blocks(rows: Sequence[Keyed], size: int) -> AsyncIterator[Sequence[Keyed]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _merge(ours: Sequence[Keyed], theirs: Sequence[Keyed], size: int, other: int) -> list[RowPair]:
    async def collect() -> list[RowPair]:
        blocks = merged(_blocks(ours, size), _blocks(theirs, other))
        return [pair async for pairs in blocks for pair in pairs]

    return asyncio.run(collect())


@given(ours=TABLES, theirs=TABLES, size=BLOCKS, other=BLOCKS)
def test_every_key_that_differs_is_told_once(
    ours: dict[int, str], theirs: dict[int, str], size: int, other: int
) -> None:
    """Whatever the sizes of the blocks: lost, unexpected and changed rows, in the order of keys."""
    found = _merge(sorted(ours.items()), sorted(theirs.items()), size, other)
    assert [(it.key, it.source, it.target) for it in found] == [
        (key, (ours[key],) if key in ours else None, (theirs[key],) if key in theirs else None)
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


@given(size=BLOCKS, other=BLOCKS)
def test_a_second_row_of_one_key_is_a_repeated_one(size: int, other: int) -> None:
    """A row that is there twice is told as such, wherever a block ends."""
    rows = [(key, "a") for key in range(10)]
    found = _merge(rows, sorted([*rows, (4, "a"), (9, "a")]), size, other)
    assert [(it.key, it.is_repeated) for it in found] == [(4, True), (9, True)]


def test_nothing_on_both_sides_is_equal() -> None:
    """Two empty tables do not differ."""
    assert _merge([], [], 1, 1) == []
