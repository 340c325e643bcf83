"""The judge's side of the stage: what bots are told of it, and that it goes away."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psutil
import pytest

from readiness.wire.addresses import foreign_address, remote_addresses
from readiness.wire.exchange import ExchangeFailed, open_exchange
from readiness.wire.stage import StageOptions


def options(folder: Path, **more: object) -> StageOptions:
    """Two exchanges, recorded in this folder."""
    told = {"markets": ["bybit", "okx"], "recording": str(folder / "x.gz"), **more}
    return StageOptions(**told)  # type: ignore[arg-type]


async def test_a_bot_is_told_where_to_go(tmp_path: Path) -> None:
    """The judged exchange without a prefix, each with its own; the first knock is heard."""
    file = tmp_path / "told.json"
    async with open_exchange(options(tmp_path), file) as exchange:
        places = exchange.places("okx")
        assert places["rest_url"] == places["okx_rest_url"] != places["bybit_rest_url"]
        assert places["ws_url"] == places["rest_url"].replace("http", "ws")
        assert places["okx_passphrase"]
        assert places["bybit_passphrase"] == ""
        assert (places["market"], places["announced"]) == ("okx", str(file))
        assert json.loads(file.read_text()) == exchange.announced
        assert not exchange.told
        port = int(places["rest_url"].rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/v5/public/time HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(400):
            if "contact" in exchange.told:
                break
            await asyncio.sleep(0.05)
        assert "contact" in exchange.told
        writer.close()
        pid = exchange.process.pid
        assert psutil.pid_exists(pid)
    assert exchange.is_gone
    assert not psutil.pid_exists(pid)


async def test_what_keeps_it_from_starting_is_told(tmp_path: Path) -> None:
    """The simulator's own sentence, and nothing stays behind."""
    nowhere = options(tmp_path, replay=str(tmp_path / "nowhere"))
    with pytest.raises(ExchangeFailed, match=r"the simulator did not start: .*nowhere"):
        async with open_exchange(nowhere, tmp_path / "told.json"):
            pass


def test_nobody_talks_in_a_group_that_is_gone() -> None:
    """No process, no address."""
    assert remote_addresses(2**22 + 1) == set()
    assert foreign_address(2**22 + 1) == ""
