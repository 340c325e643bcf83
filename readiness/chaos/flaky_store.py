"""The store in memory with a database's troubles: slowness, outages, answers that are lost.

It wraps `MemoryStore`, which keeps the contract of PostgreSQL, and adds only when and whether a
call comes through. A dead process's store takes nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from bot_trading.domain.messages import Record
from bot_trading.errors import StoreUnavailable
from bot_trading.ports import StoredState
from bot_trading.storage.memory import Memory, MemoryStore

__all__ = ["FlakyStore"]


class FlakyStore:
    """Implements `ports.Store`. `is_out` says whether the database is down at this moment.

    `at_commit` is called with False right before rows are kept and with True right after; the
    process may die there.
    """

    def __init__(
        self,
        memory: Memory,
        rng: Random,
        is_out: Callable[[], bool],
        lost_answer_ratio: float,
        at_commit: Callable[[bool], object] = bool,
    ) -> None:
        self._store = MemoryStore(memory)
        self._rng = rng
        self._is_out = is_out
        self._lost_answer_ratio = lost_answer_ratio
        self._at_commit = at_commit
        self.is_dead = False
        self.answers_lost = 0
        self.refusals = 0

    async def open(self, account: str) -> None:
        """Take the account's lock."""
        await self._store.open(account)

    async def close(self) -> None:
        """Give the lock back."""
        await self._store.close()

    async def load(self) -> StoredState:
        """What was stored."""
        self._refuse_while_out()
        return await self._store.load()

    async def commit(self, records: Sequence[Record]) -> None:
        """Keep the rows, after a while, and perhaps without saying so."""
        self._refuse_while_out()
        await asyncio.sleep(self._rng.uniform(0.0003, 0.003))
        self._at_commit(False)
        self._refuse_while_out()
        await self._store.commit(records)
        self._at_commit(True)
        await asyncio.sleep(self._rng.uniform(0.0003, 0.003))
        self._refuse_while_dead()
        if self._rng.random() < self._lost_answer_ratio:
            self.answers_lost += 1
            raise StoreUnavailable("commit: the connection was lost before its answer")

    def _refuse_while_dead(self) -> None:
        if self.is_dead:
            raise StoreUnavailable("commit: this process is dead")

    def _refuse_while_out(self) -> None:
        self._refuse_while_dead()
        if self._is_out():
            self.refusals += 1
            raise StoreUnavailable("commit: the database is down")
