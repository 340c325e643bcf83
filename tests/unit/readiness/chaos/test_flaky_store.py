"""A store with troubles: out, lossy or dead, and never half-written."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from bot_trading.errors import StoreUnavailable
from bot_trading.storage.memory import Memory
from readiness.chaos.flaky_store import FlakyStore
from readiness.chaos.virtual_time import run_virtual
from tests.integration.storage import samples
from tests.integration.storage.samples import records


async def test_every_attempt_is_seen() -> None:
    """What is handed over tells what the bot believes, also while nothing is kept."""
    seen: list[int] = []
    store = FlakyStore(
        Memory(), Random(1), lambda: True, 0, handed=lambda rows: seen.append(len(rows))
    )
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await store.commit(records(samples.order()))
    assert seen == [1, 1]


def _store(
    memory: Memory, *, out: bool = False, lost: float = 0.0, trouble: str = ""
) -> FlakyStore:
    return FlakyStore(memory, Random(1), lambda: out, lost, trouble=lambda: trouble)


async def test_a_lost_answer_was_written_and_may_be_written_again() -> None:
    """The caller cannot know, and repeating changes nothing."""
    memory = Memory()
    store = _store(memory, lost=1.0)
    await store.open("main")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="before its answer"):
            await store.commit(records(samples.order()))
    assert len(memory.accounts["main"].orders) == 1
    assert store.answers_lost == 2


async def test_nothing_is_written_while_it_is_out_or_dead() -> None:
    """Neither an outage nor a dead process leaves a row."""
    memory = Memory()
    store = _store(memory, out=True)
    await store.open("main")
    with pytest.raises(StoreUnavailable, match="down"):
        await store.commit(records(samples.order()))
    with pytest.raises(StoreUnavailable, match="down"):
        await store.load()
    assert store.refusals == 2
    gone = _store(Memory())
    gone.is_away = True
    with pytest.raises(StoreUnavailable, match="down"):
        await gone.commit(records(samples.order()))
    await store.close()
    dead = _store(memory)
    await dead.open("main")
    dead.is_dead = True
    with pytest.raises(StoreUnavailable, match="dead"):
        await dead.commit(records(samples.order()))
    assert not memory.accounts


def test_a_slow_disk_keeps_rows_and_answers_late_or_never() -> None:
    """An answer after seconds is one; after the deadline nobody knows, and the rows are there."""

    async def use() -> None:
        memory = Memory()
        store = _store(memory, trouble="slow disk")
        await store.open("main")
        clock = asyncio.get_running_loop().time
        answers: list[bool] = []
        for number in range(12):
            began_s = clock()
            try:
                await store.commit(records(samples.order(client_order_id=f"o{number}")))
                answers.append(True)
            except StoreUnavailable:
                answers.append(False)
            assert 0.5 <= clock() - began_s <= 5.1
        assert set(answers) == {True, False}
        assert len(memory.accounts["main"].orders) == 12
        assert store.troubled["slow disk"] == 12

    run_virtual(use(), 0)


def test_a_read_only_database_tells_and_takes_nothing() -> None:
    """What was stored is loaded; nothing more is written."""

    async def use() -> None:
        memory = Memory()
        store = _store(memory, trouble="read-only")
        await store.open("main")
        await store.load()
        with pytest.raises(StoreUnavailable, match="no writes"):
            await store.commit(records(samples.order()))
        assert not memory.accounts["main"].orders

    run_virtual(use(), 0)


def test_a_full_pool_lets_nobody_in() -> None:
    """Neither a start nor a commit, each after its deadline."""

    async def use() -> None:
        store = _store(Memory(), trouble="full pool")
        with pytest.raises(StoreUnavailable, match="pool is full"):
            await store.open("main")
        with pytest.raises(StoreUnavailable, match="pool is full"):
            await store.commit(records(samples.order()))

    run_virtual(use(), 0)
