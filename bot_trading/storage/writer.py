"""The one connection that holds an account's lock and carries every commit of its core.

Lock and writes share it on purpose: a core that lost the lock has lost the only way to write, so
two cores can never write one account.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from hashlib import sha256
from itertools import count
from os import getpid
from socket import gethostname

import asyncpg

from bot_trading.errors import AccountLocked, StoreError, StoreUnavailable
from bot_trading.storage.failures import TROUBLE, insist
from bot_trading.storage.revisions import check_revision
from bot_trading.storage.statements import URGENT, commit_statement

__all__ = ["Writer", "lock_key"]

_NUMBERS = count(1)
_LOCK_POLL_S = 0.02
# The lock of a core that just died is free within milliseconds; a living core keeps it.
_LOCK_WAIT_S = 0.5
_SETTINGS = {
    # A statement prepared on empty tables must not scan them once they are full.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # The statements are always the same: planning one anew for each commit buys nothing.
    "plan_cache_mode": "force_generic_plan",
    # A server across a network frees the lock of a vanished machine after 20 s, not two hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
}

_HOLDER = """
SELECT pid, application_name, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint = $1"""


def lock_key(account: str) -> int:
    """The advisory lock of an account: 64 bits of its name's digest."""
    digest = sha256(f"bot_trading account {account}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


class Writer:
    """The account's connection: opened with its lock, reopened with it when it was lost."""

    def __init__(self, database_url: str, account: str, deadline_s: float) -> None:
        self._database_url = database_url
        self._account = account
        self._deadline_s = deadline_s
        self._connection: asyncpg.Connection | None = None
        # Tells a connection that we gave up from another core's.
        self._name = f"bot_trading {gethostname()}.{getpid()}.{next(_NUMBERS)} {account}"[:63]
        self._turn = asyncio.Lock()
        self._callers = 0
        self._lost = asyncio.Event()
        self._lost.set()

    @property
    def lock_held(self) -> bool:
        """True while the connection that holds the lock is alive, as far as we know."""
        return not self._lost.is_set()

    async def wait_lock_lost(self) -> None:
        """Return when the lock is not held, at once when it already is not."""
        await self._lost.wait()

    async def take_lock(self) -> None:
        """Connect and take the lock, unless it is held.

        Raises AccountLocked, StoreUnavailable, or StoreError for a schema of another release.
        """
        left_s = await self._take_turn()
        try:
            await insist(self._open, left_s, "open the store")
        finally:
            self._end_turn()

    async def run(self, statement: str, parameters: list[str]) -> None:
        """Run one statement that may run twice; it is its own transaction.

        Raises StoreUnavailable when it is not known to have been written, AccountLocked when the
        lock was lost to another core.
        """

        async def attempt(left_s: float) -> None:
            connection = await self._ready(left_s)
            try:
                await connection.fetchval(statement, *parameters, timeout=left_s)
            except TimeoutError:
                connection.terminate()  # Nobody knows what it still does; another starts clean.
                raise
            except asyncpg.InterfaceError as error:
                if connection.is_closed():
                    raise ConnectionResetError(str(error)) from error
                raise

        left_s = await self._take_turn()
        try:
            await insist(attempt, left_s, "commit")
        finally:
            self._end_turn()

    async def close(self) -> None:
        """Give the lock back and disconnect."""
        connection, self._connection = self._connection, None
        self._lost.set()
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=self._deadline_s)
            except TROUBLE:
                connection.terminate()

    async def _take_turn(self) -> float:
        """Wait until the connection is ours alone; the seconds left to the deadline.

        Whoever comes alone, as a commit nearly always does, pays for no timer.
        """
        self._callers += 1
        try:
            if self._callers == 1:
                await self._turn.acquire()
                return self._deadline_s
            return await self._wait_for_turn()
        except BaseException:
            self._callers -= 1
            raise

    async def _wait_for_turn(self) -> float:
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self._deadline_s
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable(
                f"commit: earlier commits kept the connection busy for {self._deadline_s} s"
            ) from error
        return ends_at - clock()

    def _end_turn(self) -> None:
        self._callers -= 1
        self._turn.release()

    async def _open(self, left_s: float) -> None:
        await _plan_ahead(await self._ready(left_s), left_s)

    async def _ready(self, left_s: float) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        connection = await asyncpg.connect(
            self._database_url,
            timeout=left_s,
            command_timeout=left_s,
            server_settings={"application_name": self._name, **_SETTINGS},
        )
        try:
            await check_revision(connection)
            await self._lock(connection, min(left_s, _LOCK_WAIT_S))
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(self._on_termination)
        # codelint: ok D23 because whoever comes here holds the turn of this connection
        self._connection = connection
        self._lost.clear()
        return connection

    def _on_termination(self, connection: object) -> None:
        if connection is self._connection:
            self._lost.set()

    async def _lock(self, connection: asyncpg.Connection, wait_s: float) -> None:
        clock = asyncio.get_running_loop().time
        key = lock_key(self._account)
        gives_up_at = clock() + wait_s
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
            holder = await connection.fetchrow(_HOLDER, key)
            is_ours = holder is not None and holder["application_name"] == self._name
            if holder is not None and is_ours:
                # A connection that we gave up still works on its last commit.
                await connection.execute("SELECT pg_terminate_backend($1)", holder["pid"])
            if clock() >= gives_up_at:
                raise self._locked(holder, is_ours=is_ours)
            await asyncio.sleep(_LOCK_POLL_S)

    def _locked(self, holder: asyncpg.Record | None, *, is_ours: bool) -> StoreError:
        if is_ours:
            return StoreUnavailable(
                "commit: the database still works on our last commit and holds the account's lock"
            )
        who = "" if holder is None else f" (server process {holder['pid']}"
        who += "" if holder is None else f", connected since {holder['backend_start']:%F %T} UTC)"
        return AccountLocked(
            f"account {self._account!r} is traded by another core{who}: stop that one first"
        )


async def _plan_ahead(connection: asyncpg.Connection, left_s: float) -> None:
    """Let the server plan what sends will wait for: a first commit takes milliseconds longer.

    Without rows these statements write nothing; a server that refuses even that tells its reason
    to the first commit.
    """
    with suppress(asyncpg.PostgresError):
        for tables in URGENT:
            no_rows = ["[]"] * len(tables)
            await connection.fetchval(commit_statement(tables), *no_rows, timeout=left_s)
