"""The store in memory with a database's troubles: slowness, outages, answers that are lost.

It wraps `MemoryStore`, which keeps the contract of PostgreSQL, and adds only when and whether a
call comes through. A dead process's store takes nothing more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from bot_trading.domain.messages import Record
from bot_trading.errors import StoreUnavailable
from bot_trading.ports import StoredState
from bot_trading.storage.memory import Memory, MemoryStore

__all__ = ["TROUBLES", "FlakyStore", "Trouble"]

TROUBLES = ("slow disk", "full pool", "read-only")
_ANSWERS_WITHIN_S = 5.0  # As `Database`: after it nobody knows whether the rows were written.
_SLOW_MAX_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One of TROUBLES, in seconds since the start of the session."""

    kind: str
    begin_s: float
    end_s: float


class FlakyStore:
    """Implements `ports.Store`. `is_out` says whether the database is down at this moment.

    `trouble` names what else ails it: a slow disk keeps the rows, but answers after seconds or
    after the deadline; a full pool lets nobody in; a read-only database tells and takes nothing.

    `at_commit` is called with False right before rows are kept and with True right after; the
    process may die there. `handed` sees the rows of every attempt, kept or not. `is_away` takes
    the database away for good.
    """

    def __init__(
        self,
        memory: Memory,
        rng: Random,
        is_out: Callable[[], bool],
        lost_answer_ratio: float,
        at_commit: Callable[[bool], object] = bool,
        trouble: Callable[[], str] = str,
        handed: Callable[[Sequence[Record]], object] = bool,
    ) -> None:
        self._store = MemoryStore(memory)
        self._rng = rng
        self._is_out = is_out
        self._lost_answer_ratio = lost_answer_ratio
        self._at_commit = at_commit
        self._trouble = trouble
        self._handed = handed
        self.troubled: Counter[str] = Counter()
        self.is_dead = False
        self.is_away = False
        self.answers_lost = 0
        self.refusals = 0

    async def open(self, account: str) -> None:
        """Take the account's lock."""
        await self._get_in()
        await self._store.open(account)

    async def close(self) -> None:
        """Give the lock back."""
        await self._store.close()

    async def load(self) -> StoredState:
        """What was stored."""
        self._refuse_while_out()
        await self._get_in()
        return await self._store.load()

    async def commit(self, records: Sequence[Record]) -> None:
        """Keep the rows, after a while, and perhaps without saying so."""
        self._handed(records)
        self._refuse_while_out()
        await self._get_in()
        if self._is_troubled("read-only"):
            raise StoreUnavailable("commit: the database takes no writes")
        await asyncio.sleep(self._rng.uniform(0.0003, 0.003))
        self._at_commit(False)
        self._refuse_while_out()
        await self._store.commit(records)
        self._at_commit(True)
        await self._answer()
        self._refuse_while_dead()
        if self._rng.random() < self._lost_answer_ratio:
            self.answers_lost += 1
            raise StoreUnavailable("commit: the connection was lost before its answer")

    async def _get_in(self) -> None:
        if self._is_troubled("full pool"):
            await asyncio.sleep(_ANSWERS_WITHIN_S)
            raise StoreUnavailable("no connection: the pool is full")

    async def _answer(self) -> None:
        if not self._is_troubled("slow disk"):
            await asyncio.sleep(self._rng.uniform(0.0003, 0.003))
            return
        takes_s = self._rng.uniform(0.5, _SLOW_MAX_S)
        await asyncio.sleep(min(takes_s, _ANSWERS_WITHIN_S))
        if takes_s > _ANSWERS_WITHIN_S:
            raise StoreUnavailable("commit: no answer within its deadline")

    def _is_troubled(self, kind: str) -> bool:
        if self._trouble() != kind:
            return False
        self.troubled[kind] += 1
        return True

    def _refuse_while_dead(self) -> None:
        if self.is_dead:
            raise StoreUnavailable("commit: this process is dead")

    def _refuse_while_out(self) -> None:
        self._refuse_while_dead()
        if self.is_away or self._is_out():
            self.refusals += 1
            raise StoreUnavailable("commit: the database is down")
