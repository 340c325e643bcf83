"""What a failure of PostgreSQL means for us: try again now, try again later, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from bot_trading.errors import StoreError, StoreUnavailable

__all__ = ["TROUBLE", "insist", "is_passing", "store_error"]

T = TypeVar("T")

_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.25

# Everything that a call to the database may raise; the rest is a programmer's mistake.
TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_LATER = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
)


def is_passing(error: BaseException) -> bool:
    """True when the same call may succeed in a moment: a lost connection, a restarting server."""
    return isinstance(error, _PASSING)


def store_error(error: BaseException, doing: str) -> StoreError:
    """`error` in our words: StoreUnavailable when the same rows may be written later."""
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return StoreError(
            f"{doing}: the database does not have our tables ({_text(error)});"
            " bring its schema up to date first"
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return StoreError(f"{doing}: the database refused the login ({_text(error)})")
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return StoreError(f"{doing}: {_text(error)}; create it or correct DATABASE_URL")
    if isinstance(error, _LATER) or is_passing(error):
        return StoreUnavailable(f"{doing}: the database is not available ({_text(error)})")
    return StoreError(f"{doing}: the database refused it ({_text(error)})")


async def insist(attempt: Callable[[float], Awaitable[T]], deadline_s: float, doing: str) -> T:
    """The result of `attempt(seconds left)`, tried again with back-off while the trouble may pass.

    For what may be done twice only. Raises StoreUnavailable when the deadline is over, StoreError
    at once when trying again cannot help.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + deadline_s
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return await attempt(max(ends_at - clock(), _FIRST_PAUSE_S))
        except TROUBLE as error:
            if not is_passing(error) or clock() + pause_s >= ends_at:
                raise store_error(error, doing) from error
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _text(error: BaseException) -> str:
    """The server's first line; details of a row may follow it and belong in no log."""
    words = str(error).strip().splitlines()
    return words[0] if words else type(error).__name__
