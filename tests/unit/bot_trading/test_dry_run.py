"""The exchange of a dry run is a process of its own on loopback, and ends with it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot_trading import settings
from bot_trading.dry_run import dry_run_exchange, simulator_command
from bot_trading.errors import LaunchError
from exchange_simulator.record import events


async def test_the_settings_point_at_loopback_and_nowhere_else() -> None:
    """Real addresses are replaced, and the process is gone afterwards."""
    async with dry_run_exchange(settings.load(), None) as exchange:
        bybit = exchange.settings.exchanges.bybit
        for url in (bybit.rest_url, bybit.ws_public_url, bybit.ws_private_url):
            assert urlsplit(url).hostname == "127.0.0.1"
        assert exchange.credentials["bybit"].api_secret
        assert exchange.speed == 60
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{bybit.rest_url}/v5/market/time") as answer,
        ):
            assert (await answer.json())["retCode"] == 0
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{bybit.rest_url}/v5/market/time")


async def test_candles_that_cannot_be_replayed_are_one_sentence(tmp_path: Path) -> None:
    """The simulator's own, without a trace."""
    with pytest.raises(LaunchError, match="the exchange simulator did not start") as caught:
        async with dry_run_exchange(settings.load(), tmp_path / "missing.parquet"):
            pass
    assert "Traceback" not in str(caught.value)


def test_the_other_exchanges_stand_apart_by_the_basis() -> None:
    """A basis moves every exchange but the first; without one the simulator is not told of any."""
    plain = settings.load()
    two = plain.trading.model_copy(update={"exchanges": ("bybit", "binance")})
    apart = plain.dry_run.model_copy(update={"basis_bps": Decimal(60)})
    told = plain.model_copy(update={"trading": two, "dry_run": apart})
    assert "binance=60" in simulator_command(told, None)
    assert "--basis-bps" not in simulator_command(plain, None)


async def test_what_passes_at_the_exchange_is_recorded(tmp_path: Path) -> None:
    """The question of a client is in the file once the exchange has ended; else there is none."""
    file = tmp_path / "wire.gz"
    async with dry_run_exchange(settings.load(), None, file) as exchange:
        url = f"{exchange.settings.exchanges.bybit.rest_url}/v5/market/time"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 200
    assert [each["target"] for each in events(file) if each["kind"] == "request"] == [
        "/v5/market/time"
    ]
    assert "--record" not in simulator_command(settings.load(), None)
