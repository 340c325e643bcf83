"""What PostgreSQL does to a bot in the night, tried on a real one: killed connections, a stopped
server, a full pool, a read-only server, a second core."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bot_trading.domain.messages import Record
from bot_trading.errors import AccountLocked, StoreError, StoreUnavailable
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.storage.embedded import bundled_postgres
from tests.integration.storage import samples
from tests.integration.storage.samples import T0, records

ROOT = Path(__file__).parents[3]
KILL_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def outsider(schema_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A person with a connection of their own to the same database."""
    made = await asyncpg.connect(schema_url)
    yield made
    await made.close()


def holds_lock(database: Database) -> bool:
    """What the store says now; a call, since a type checker takes a property for constant."""
    return database.lock_held


async def test_the_users_own_reconnect_test(database: Database) -> None:
    """Ending every connection over the store itself, then saving an order: it has an id."""
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    )
    await asyncio.sleep(1)
    order = await database.save_order(samples.order())
    assert order.id is not None


async def test_idle_connections_killed_cost_nothing(
    database: Database, outsider: asyncpg.Connection
) -> None:
    """With all idle connections killed, every next call succeeds at once."""
    await asyncio.gather(*(database.fetchval("SELECT pg_sleep(0.05)") for _ in range(4)))
    await outsider.execute(KILL_ALL)
    answers = await asyncio.gather(
        database.save_order(samples.order()),
        database.load(),
        database.heartbeat("core", {}),
        *(database.fetchval("SELECT 1") for _ in range(8)),
    )
    assert answers[3:] == [1] * 8
    assert await database.fetchval("SELECT count(*) FROM orders") == 1


async def test_killed_in_flight_loses_none_and_doubles_none(
    database: Database, outsider: asyncpg.Connection
) -> None:
    """While connections are killed again and again, each committed row is there exactly once."""
    kills = 0
    names: list[str] = []

    async def kill() -> None:
        nonlocal kills
        while kills < 10 or len(names) < 200:
            kills += len(await outsider.fetch(KILL_ALL))
            await asyncio.sleep(0.1)

    async def commit_in_the_end(rows: list[Record]) -> None:
        while True:
            with suppress(StoreUnavailable):
                return await database.commit(rows)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(kill())
        while kills < 10 or len(names) < 200:
            names.append(name := f"o{len(names)}")
            await commit_in_the_end(
                records(
                    samples.signal(signal_id=name),
                    samples.order(client_order_id=name, signal_id=name),
                    samples.fill(client_order_id=name, trade_id=name),
                )
            )
    for table in ("signals", "orders", "order_events", "fills"):
        count = await database.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        assert (table, count) == (table, len(names))


async def test_a_commit_whose_answer_was_lost_is_made_again(
    database: Database, outsider: asyncpg.Connection
) -> None:
    """A commit that waits for a lock when its connection dies is repeated, and is there once."""
    await database.save_order(samples.order())
    async with outsider.transaction():
        await outsider.execute("LOCK TABLE orders")
        later = samples.order(ts_updated_us=T0 + 1, filled_qty=Decimal("0.001"))
        saving = asyncio.create_task(database.commit(records(later)))
        await asyncio.sleep(0.1)
        killed = await outsider.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert killed == 1
    await saving
    assert (await database.load()).orders == (later,)
    assert len(await database.fetch_order_events("o1")) == 2


async def test_losing_the_lock_is_told_and_the_next_commit_takes_it_back(
    database: Database, outsider: asyncpg.Connection
) -> None:
    """The core learns at once that its lock is gone, and holds it again after the next commit."""
    assert holds_lock(database)
    waiting = asyncio.create_task(database.wait_lock_lost())
    await asyncio.sleep(0)
    assert not waiting.done()
    await outsider.execute(KILL_ALL)
    assert "'main'" in await waiting
    assert not holds_lock(database)
    await database.commit(records(samples.order()))
    assert holds_lock(database)
    await outsider.execute(KILL_ALL)
    await database.wait_lock_lost()
    await database.retake_lock()
    assert holds_lock(database)


async def test_a_core_whose_lock_was_taken_over_cannot_write(
    database: Database, schema_url: str, outsider: asyncpg.Connection
) -> None:
    """After a takeover the first core's commits are refused, so two never write one account."""
    await outsider.execute(KILL_ALL)
    await database.wait_lock_lost()
    second = Database(schema_url)
    await second.open("main")
    with pytest.raises(AccountLocked, match="server process"):
        await database.commit(records(samples.order()))
    assert (await second.load()).orders == ()
    await second.close()
    await database.commit(records(samples.order()))


async def test_two_cores_that_start_together_are_one(schema_url: str) -> None:
    """Of several that open the same account at once, exactly one gets it."""
    cores = [Database(schema_url) for _ in range(4)]
    results = await asyncio.gather(*(core.open("main") for core in cores), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [AccountLocked] * 3
    for core in cores:
        await core.close()


async def test_a_core_killed_with_no_warning_frees_its_account(schema_url: str) -> None:
    """The lock dies with the process: the next core starts at once, and finds what was kept."""
    code = """
import asyncio, sys
from bot_trading.storage.database import Database
from tests.integration.storage import samples
async def main():
    database = Database(sys.argv[1])
    await database.open("main")
    await database.save_order(samples.order())
    print("kept", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    core = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, schema_url), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert core.stdout is not None
    assert await core.stdout.readline() == b"kept\n"
    database = Database(schema_url)
    with pytest.raises(AccountLocked):
        await database.open("main")
    core.kill()
    await core.wait()
    await database.open("main")
    assert (await database.load()).orders == (samples.order(),)
    await database.close()


async def test_a_full_pool_ends_with_the_deadline(schema_url: str) -> None:
    """Reads beyond the pool wait no longer than stated; commits have a connection of their own."""
    database = Database(schema_url, deadline_ms=200, pool_size=1)
    await database.open("main")
    async with database._reader._connection(1):
        with pytest.raises(StoreUnavailable, match="1 of 1 are busy"):
            await database.fetchval("SELECT 1")
        with pytest.raises(StoreUnavailable, match="1 of 1 are busy"):
            await database.execute("SELECT 1")
        await database.commit(records(samples.order()))
    with pytest.raises(StoreUnavailable):
        await database.fetch("SELECT pg_sleep(5)")
    assert await database.fetchval("SELECT count(*) FROM orders") == 1
    await database.close()


async def test_a_read_only_server_is_unavailable_with_its_own_words(database_url: str) -> None:
    """A server that lost its primary takes no writes: StoreUnavailable, at once; reads go on."""
    await schema.upgrade(database_url)
    operator = await asyncpg.connect(database_url)
    name = await operator.fetchval("SELECT quote_ident(current_database())")
    await operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await operator.close()
    database = Database(database_url)
    await database.open("main")
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await database.commit(records(samples.order()))
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await database.heartbeat("core", {})
    assert (await database.load()).orders == ()
    await database.close()


async def test_refused_rows_are_not_unavailable(database: Database) -> None:
    """What will never be taken is told apart from what may be taken later, and not repeated."""
    for sql in ("SELECT nonsense", "SELECT 1/0", "INSERT INTO orders DEFAULT VALUES"):
        with pytest.raises(StoreError) as refused:
            await database.execute(sql)
        assert not isinstance(refused.value, StoreUnavailable)


async def test_a_missing_database_is_named(schema_url: str) -> None:
    """A wrong address is refused at once, with what to correct."""
    url = urlunsplit(urlsplit(schema_url)._replace(path="/not_there"))
    with pytest.raises(StoreError, match=r"not_there.*DATABASE_URL"):
        await Database(url).connect()
    with pytest.raises(StoreError, match="login"):
        await Database(_as_stranger(schema_url)).open("main")


def _as_stranger(url: str) -> str:
    """The same server, by a role that it does not have; any server refuses that."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"stranger:wrong@{place}"))


async def test_a_cancelled_caller_leaves_the_store_usable(
    database: Database, outsider: asyncpg.Connection
) -> None:
    """Cancelling a commit that waits neither hangs nor breaks the next one."""
    async with outsider.transaction():
        await outsider.execute("LOCK TABLE orders")
        saving = asyncio.create_task(database.commit(records(samples.order())))
        await asyncio.sleep(0.1)
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
    await database.commit(records(samples.order(client_order_id="o2")))
    assert "o2" in [saved.order.client_order_id for saved in await database.fetch_orders()]


async def test_commits_wait_for_each_other(database: Database) -> None:
    """Commits made at the same time all arrive, one after the other, in their order."""
    versions = [samples.order(ts_updated_us=T0 + n, price=Decimal(n + 1)) for n in range(50)]
    await asyncio.gather(*(database.commit(records(version)) for version in versions))
    assert (await database.load()).orders == (versions[-1],)


async def test_a_locked_table_ends_with_the_deadline(
    schema_url: str, outsider: asyncpg.Connection
) -> None:
    """A commit that cannot go on for longer than the deadline is StoreUnavailable, and no hang."""
    database = Database(schema_url, deadline_ms=300)
    await database.open("main")
    async with outsider.transaction():
        await outsider.execute("LOCK TABLE orders")
        calls = [database.commit(records(samples.order())) for _ in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [StoreUnavailable] * 3
    await asyncio.sleep(0.1)
    await database.commit(records(samples.order()))
    assert len((await database.load()).orders) == 1
    await database.close()


async def test_a_connection_that_was_given_up_does_not_lock_us_out(
    schema_url: str, outsider: asyncpg.Connection
) -> None:
    """A commit that the server still works on after its deadline is ended, not another core."""
    database = Database(schema_url, deadline_ms=300)
    await database.open("main")
    async with outsider.transaction():
        await outsider.execute("LOCK TABLE orders")
        with pytest.raises(StoreUnavailable):
            await database.commit(records(samples.order()))
        await database.commit(records(samples.halted()))
        assert holds_lock(database)
    assert (await database.load()).trading_state_why == "operator: going home"
    await database.close()


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[tuple[str, ExitStack, Path]]:
    """A server of this test alone: its address, the stack that stops it, and its folder."""
    with ExitStack() as stack:
        yield await start_server(stack, tmp_path), stack, tmp_path


async def start_server(stack: ExitStack, folder: Path) -> str:
    """Start the server that lives in `folder`; leaving the stack stops it."""
    return await asyncio.to_thread(stack.enter_context, bundled_postgres(folder))


async def test_the_users_own_reconnect_test_as_typed(
    own_server: tuple[str, ExitStack, Path],
) -> None:
    """The statement of the user's document, which names every process of the server."""
    await schema.upgrade(own_server[0])
    database = Database(own_server[0])
    await database.open("main")
    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity")
    await asyncio.sleep(1)
    order = await database.save_order(samples.order())
    assert order.id is not None
    await database.close()


async def test_a_stopped_and_restarted_server(own_server: tuple[str, ExitStack, Path]) -> None:
    """While the server is down commits are StoreUnavailable; back again, the same rows go in."""
    url, stack, folder = own_server
    await schema.upgrade(url)
    database = Database(url, deadline_ms=300)
    await database.open("main")
    await database.commit(records(samples.order()))
    await asyncio.to_thread(stack.close)
    with pytest.raises(StoreUnavailable):
        await database.commit(records(samples.order(client_order_id="o2")))
    with pytest.raises(StoreUnavailable):
        await database.load()
    assert not holds_lock(database)
    assert await start_server(stack, folder) == url
    await database.commit(records(samples.order(client_order_id="o2")))
    ids = [order.client_order_id for order in (await database.load()).orders]
    assert ids == ["o1", "o2"]
    await database.close()
