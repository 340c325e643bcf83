"""A store with troubles: out, lossy or dead, and never half-written."""

from __future__ import annotations

from random import Random

import pytest

from bot_trading.errors import StoreUnavailable
from bot_trading.storage.memory import Memory
from readiness.chaos.flaky_store import FlakyStore
from tests.integration.storage import samples
from tests.integration.storage.samples import records


def _store(memory: Memory, *, out: bool = False, lost: float = 0.0) -> FlakyStore:
    return FlakyStore(memory, Random(1), lambda: out, lost)


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
    await store.close()
    dead = _store(memory)
    await dead.open("main")
    dead.is_dead = True
    with pytest.raises(StoreUnavailable, match="dead"):
        await dead.commit(records(samples.order()))
    assert not memory.accounts
