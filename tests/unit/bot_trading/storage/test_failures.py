"""Failures in our words: what passes, what may work later, what never will."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from bot_trading.errors import StoreError, StoreUnavailable
from bot_trading.storage.failures import insist, is_passing, store_error

PASSING: list[Exception] = [
    asyncpg.ConnectionDoesNotExistError("closed"),
    asyncpg.AdminShutdownError("terminating connection"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.TooManyConnectionsError("too many clients"),
    asyncpg.DeadlockDetectedError("deadlock"),
    ConnectionRefusedError("refused"),
    TimeoutError(),
]
LATER: list[Exception] = [
    asyncpg.DiskFullError("could not extend file: No space left on device"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    asyncpg.PostgresIOError("could not fsync"),
    asyncpg.OutOfMemoryError("out of memory"),
]
NEVER = [
    asyncpg.CheckViolationError("violates check"),
    asyncpg.ForeignKeyViolationError("violates foreign key"),
    asyncpg.UndefinedTableError('relation "orders" does not exist'),
    asyncpg.InvalidPasswordError("password authentication failed"),
    asyncpg.DataError("invalid input"),
]


@pytest.mark.parametrize("error", PASSING + LATER, ids=lambda error: type(error).__name__)
def test_what_may_work_later_is_unavailable_in_the_servers_words(error: Exception) -> None:
    """A full disk or a lost connection leaves the same rows to be written later."""
    told = store_error(error, "commit")
    assert isinstance(told, StoreUnavailable)
    assert str(error) in str(told)
    assert is_passing(error) == (error in PASSING)


@pytest.mark.parametrize("error", NEVER, ids=lambda error: type(error).__name__)
def test_what_never_will_work_is_not_called_unavailable(error: Exception) -> None:
    """Rows that are refused stay refused, and nobody waits for them."""
    told = store_error(error, "commit")
    assert isinstance(told, StoreError)
    assert not isinstance(told, StoreUnavailable)
    assert not is_passing(error)


def test_only_the_first_line_is_told() -> None:
    """Details of a row may follow the first line, and belong in no log."""
    told = store_error(asyncpg.CheckViolationError("violates check\nDETAIL: a row"), "commit")
    assert "DETAIL" not in str(told)


async def test_a_passing_trouble_is_tried_again() -> None:
    """The call is repeated until it succeeds, with the time that is left."""
    lefts: list[float] = []

    async def attempt(left_s: float) -> str:
        lefts.append(left_s)
        if len(lefts) < 4:
            raise ConnectionResetError("gone")
        return "done"

    assert await insist(attempt, 30, "commit") == "done"
    assert lefts == sorted(lefts, reverse=True)
    assert len(lefts) == 4


async def test_a_lasting_trouble_ends_with_the_deadline() -> None:
    """The deadline turns passing trouble into StoreUnavailable."""

    async def attempt(left_s: float) -> str:
        raise ConnectionResetError("gone")

    with pytest.raises(StoreUnavailable, match="gone"):
        await insist(attempt, 0.05, "commit")


async def test_a_refusal_is_not_repeated() -> None:
    """What cannot get better is asked once."""
    calls = 0

    async def attempt(left_s: float) -> str:
        nonlocal calls
        calls += 1
        raise asyncpg.CheckViolationError("no")

    with pytest.raises(StoreError, match="refused it"):
        await insist(attempt, 30, "commit")
    assert calls == 1


async def test_cancelling_is_not_a_failure() -> None:
    """A cancelled caller is cancelled, not told about the database."""

    async def attempt(left_s: float) -> str:
        await asyncio.sleep(30)
        return "never"

    task = asyncio.create_task(insist(attempt, 60, "commit"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
