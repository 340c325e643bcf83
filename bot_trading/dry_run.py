"""A dry run's exchange: the simulator as a process of its own, traded over the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot_trading.errors import LaunchError
from bot_trading.exchange_clients import AnyCredentials, make_credentials
from bot_trading.settings import Settings

__all__ = ["DryRunExchange", "dry_run_exchange", "point_at", "simulator_command"]

_START_TIMEOUT_S = 60.0
# Which of the addresses that the simulator announces each setting takes.
_ADDRESSES = {
    "bybit": {"ws_trade_url": "ws_trade_url"},
    "binance": {"ws_market_url": "ws_public_url", "key_url": "rest_url"},
    "okx": {"ws_business_url": "ws_business_url"},
}
_SHARED = ("rest_url", "ws_public_url", "ws_private_url")
_STOP_TIMEOUT_S = 5.0
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunExchange:
    """Where the simulated exchanges listen, as settings, and the keys that they take by name."""

    settings: Settings
    credentials: Mapping[str, AnyCredentials]
    speed: float


@contextlib.asynccontextmanager
async def dry_run_exchange(
    settings: Settings, replay: Path | None, record: Path | None = None
) -> AsyncIterator[DryRunExchange]:
    """Start the simulator, yield the settings that point at it, end it.

    `replay` is a file or folder of recorded candles; None generates a market from the seed. What
    passes at the simulator is written to `record`, an absolute path, whole once this has ended.
    Raises `LaunchError` with the simulator's own sentence when it does not start.
    """
    process = await asyncio.create_subprocess_exec(
        *simulator_command(settings, replay, record),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        start_new_session=True,
    )
    try:
        yield _dry_run_exchange(settings, await _announcement(process))
    finally:
        # codelint: ok D43 because the simulator ends by itself once its standard input closes
        await _end(process)


def simulator_command(
    settings: Settings, replay: Path | None, record: Path | None = None
) -> list[str]:
    """What starts the simulator of these settings; the files are those of `dry_run_exchange`."""
    dry_run, trading = settings.dry_run, settings.trading
    market = ["--replay", str(replay)] if replay else ["--seed", str(dry_run.seed)]
    markets = ",".join(trading.exchanges)
    apart = [f"{name}={dry_run.basis_bps}" for name in trading.exchanges[1:] if dry_run.basis_bps]
    return [
        *(sys.executable, "-m", "exchange_simulator", "--market", markets, *market),
        *("--symbols", ",".join(trading.symbols), "--speed", str(dry_run.speed)),
        *("--balance", str(dry_run.balance_usdt), "--position-mode", "hedge"),
        *("--warmup-candles", str(trading.warmup_candles), "--port", "0", "--json"),
        *(part for basis in apart for part in ("--basis-bps", basis)),
        *(("--record", str(record)) if record else ()),
        "--until-stdin-closes",
    ]


async def _announcement(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """The one line in which the simulator says where it listens."""
    output = process.stdout
    if output is None:
        raise LaunchError("the exchange simulator has no output to read")
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            line = await output.readline()
    except TimeoutError as error:
        raise LaunchError(
            f"the exchange simulator said nothing in {_START_TIMEOUT_S:.0f} s"
        ) from error
    if not line:
        _, complaint = await process.communicate()
        text = " ".join(complaint.decode(errors="replace").split())[-500:]
        raise LaunchError(f"the exchange simulator did not start: {text}")
    found: dict[str, Any] = json.loads(line)
    return found


def point_at(settings: Settings, announced: Mapping[str, Any]) -> Settings:
    """The settings with the addresses of simulated exchanges in place of the real ones.

    Raises `LaunchError` when an exchange of `trading.exchanges` was not announced.
    """
    changed: dict[str, Any] = {}
    for name in settings.trading.exchanges:
        place = announced.get(name)
        if not isinstance(place, dict):
            raise LaunchError(f"the exchange simulator did not say where {name} listens")
        addresses = {key: place[key] for key in _SHARED}
        addresses |= {key: place[told] for key, told in _ADDRESSES[name].items()}
        changed[name] = settings.exchanges.of(name).model_copy(update=addresses)
    exchanges = settings.exchanges.model_copy(update=changed)
    return settings.model_copy(update={"exchanges": exchanges})


def _dry_run_exchange(settings: Settings, announced: Mapping[str, Any]) -> DryRunExchange:
    pointed = point_at(settings, announced)
    return DryRunExchange(
        settings=pointed,
        credentials={
            name: make_credentials(
                name,
                announced[name]["api_key"],
                announced[name]["api_secret"],
                announced[name].get("passphrase", ""),
            )
            for name in settings.trading.exchanges
        },
        speed=float(settings.dry_run.speed),
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to stop, then make it."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
