"""A backup holds everything, goes back whole or not at all, and the exchange tells the rest."""

from __future__ import annotations

import tarfile
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import StoreError
from bot_trading.sltp.policy import DEFAULT_POLICY
from bot_trading.storage import backup, schema
from bot_trading.storage.database import Database
from bot_trading.storage.tables import metadata
from readiness.scratch_database import scratch_database
from tests.builders.core import LONG, a_core_config, a_signal
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.waiting import wait_until


async def _started(url: str, model: ModelExchange) -> TradingEngine:
    """An engine of account "main" that is ready to trade."""
    engine = TradingEngine(
        a_core_config(exits=DEFAULT_POLICY),
        Database(url),
        {"bybit": ModelClient(model)},
        leverage=Decimal(3),
        clock=lambda: model.now_us,
    )
    await engine.start()
    state = engine.loop.state
    await wait_until(lambda: state.quotes and not state.exchange_health("bybit").not_ready)
    return engine


async def _entered(engine: TradingEngine, name: str) -> None:
    order = await engine.process_signal(a_signal(name))
    assert not isinstance(order, OrderDenied), str(order)
    state = engine.loop.state
    await wait_until(lambda: LONG in state.resting and not state.unsettled)
    await wait_until(lambda: not engine.loop.queued and not engine.loop._outbox.waiting)


async def _rows(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    found = {}
    for table in metadata.sorted_tables:
        query = f"SELECT t::text FROM {table.name} AS t ORDER BY 1"  # noqa: S608
        found[table.name] = [row[0] for row in await connection.fetch(query)]
    await connection.close()
    return found


async def _newest_number(url: str) -> int:
    connection = await asyncpg.connect(url)
    newest = await connection.fetchval("SELECT coalesce(max(id), 0) FROM sltp_history")
    await connection.close()
    return int(newest)


async def _next_number(url: str) -> int:
    """What the next row of the stop's path would be numbered."""
    connection = await asyncpg.connect(url)
    number = await connection.fetchval(
        "SELECT nextval(pg_get_serial_sequence('sltp_history', 'id'))"
    )
    await connection.close()
    return int(number)


async def test_what_was_saved_comes_back_and_the_exchange_tells_the_rest(
    schema_url: str, postgres_url: str, tmp_path: Path
) -> None:
    """Every row of every table; what traded after the backup is read from the exchange, once."""
    model, path = ModelExchange(), tmp_path / "backup.tar.gz"
    engine = await _started(schema_url, model)
    await _entered(engine, "before")
    saved_rows = await _rows(schema_url)
    manifest = await backup.save(schema_url, path)
    await _entered(engine, "after")
    assert await engine.stop()
    held = model.legs[LONG].quantity
    assert path.stat().st_mode & 0o777 == 0o600
    assert saved_rows["sltp_history"]
    assert manifest.rows == sum(map(len, saved_rows.values())) > 0
    async with scratch_database(postgres_url) as url:
        await schema.upgrade(url)
        assert await backup.restore(url, path) == manifest
        assert await _rows(url) == saved_rows
        assert await _next_number(url) > await _newest_number(url)
        again = await _started(url, model)
        assert again.loop.state.leg(LONG).quantity == held
        assert await again.audit() == ()
        repeated = await again.process_signal(a_signal("before"))
        assert isinstance(repeated, Order)
        assert model.legs[LONG].quantity == held
        assert await again.stop()


async def test_a_backup_overwrites_nothing(schema_url: str, tmp_path: Path) -> None:
    """Neither a file nor the rows of a database."""
    path = tmp_path / "backup.tar.gz"
    await backup.save(schema_url, path)
    with pytest.raises(StoreError, match="exists already"):
        await backup.save(schema_url, path)
    engine = await _started(schema_url, ModelExchange())
    await _entered(engine, "some")
    assert await engine.stop()
    with pytest.raises(StoreError, match="holds rows already"):
        await backup.restore(schema_url, path)


async def test_what_is_not_in_a_backup_is_named(schema_url: str, tmp_path: Path) -> None:
    """Tables of a migration, and a stranger's beside the bot's; the bot's own are all in it."""
    plain = await backup.save(schema_url, tmp_path / "plain.tar.gz")
    assert plain.left_out == ()
    connection = await asyncpg.connect(schema_url)
    await connection.execute(
        "CREATE SCHEMA migration; CREATE TABLE migration.key_map (old int);"
        " CREATE TABLE strangers (a int)"
    )
    await connection.close()
    path = tmp_path / "beside.tar.gz"
    manifest = await backup.save(schema_url, path)
    assert manifest.left_out == ("migration.key_map", "public.strangers")
    assert (await backup.restore(schema_url, path)).left_out == manifest.left_out


async def test_what_is_no_whole_backup_changes_nothing(schema_url: str, tmp_path: Path) -> None:
    """Cut off, damaged, of another release, or something else."""
    path = tmp_path / "backup.tar.gz"
    await backup.save(schema_url, path)
    whole = path.read_bytes()
    for name, content in (("cut", whole[: len(whole) // 2]), ("text", b"hello"), ("none", b"")):
        broken = tmp_path / name
        broken.write_bytes(content)
        with pytest.raises(StoreError, match="is no whole backup"):
            await backup.restore(schema_url, broken)
    with pytest.raises(StoreError, match="is no whole backup: FileNotFoundError"):
        await backup.restore(schema_url, tmp_path / "missing")
    for change, words in (
        ((b'"version":1', b'"version":9'), "of format 9, expected 1"),
        ((b'"name":"fills"', b'"name":"filth"'), "'filth' that this release does not know"),
        ((b'"revision":"', b'"revision":"x'), "this database of"),
        ((b'"sha256":"', b'"sha256":"x'), "its checksum differs"),
    ):
        broken = tmp_path / "changed"
        _rewrite(path, broken, *change)
        with pytest.raises(StoreError, match=words):
            await backup.restore(schema_url, broken)
    assert not any((await _rows(schema_url)).values())


def _rewrite(path: Path, target: Path, old: bytes, new: bytes) -> None:
    """The same backup with another manifest."""
    with tarfile.open(path) as source, tarfile.open(target, "w:gz") as copy:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                data = data.replace(old, new)
            member.size = len(data)
            part = target.with_suffix(".part")
            part.write_bytes(data)
            with part.open("rb") as file:
                copy.addfile(member, file)


async def test_a_database_that_was_never_migrated_has_nothing_to_save(
    database_url: str, tmp_path: Path
) -> None:
    """And one that is not there is named."""
    with pytest.raises(StoreError, match="never migrated"):
        await backup.save(database_url, tmp_path / "a")
    with pytest.raises(StoreError, match="backup or restore"):
        await backup.save("postgresql://127.0.0.1:1/none", tmp_path / "b")
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()
