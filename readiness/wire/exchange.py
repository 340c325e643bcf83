"""The judge's side of the stage: starts it, hears what it tells, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from readiness.processes import end_group
from readiness.wire.stage import StageOptions

__all__ = ["Exchange", "ExchangeFailed", "open_exchange"]

START_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


class ExchangeFailed(Exception):
    """The simulator did not start; the message says why."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A running stage: what it announced, in a file too, and what it has told since."""

    announced: dict[str, Any]
    file: Path
    process: asyncio.subprocess.Process
    told: set[str] = field(default_factory=set)

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self.process.returncode is not None

    @property
    def market(self) -> str:
        """The one that was announced first, which is judged."""
        return next(name for name, told in self.announced.items() if isinstance(told, dict))

    def move(self, moves: bool = True) -> None:
        """Let the market of a timed stage rest, or go on."""
        if not self.is_gone:
            self.process.send_signal(signal.SIGUSR2 if moves else signal.SIGUSR1)

    def places(self, market: str) -> dict[str, str]:
        """What a bot's command may name: this market's addresses and keys, then all others'."""
        values = self._places(market)
        for name, told in self.announced.items():
            if isinstance(told, dict):
                values |= {f"{name}_{key}": text for key, text in self._places(name).items()}
        return values | {"announced": str(self.file), "market": market}

    def _places(self, market: str) -> dict[str, str]:
        told = {key: str(text) for key, text in self.announced[market].items()}
        where = urlsplit(told["rest_url"]).netloc
        return {"passphrase": "", **told, "ws_url": f"ws://{where}"}

    @property
    def where(self) -> str:
        """Where the exchanges listen."""
        told = [one["rest_url"] for one in self.announced.values() if isinstance(one, dict)]
        return " and ".join(told)


@contextlib.asynccontextmanager
async def open_exchange(options: StageOptions, file: Path) -> AsyncIterator[Exchange]:
    """The stage; it ends with the block and with this process. Raises ExchangeFailed."""
    complaints = file.with_suffix(".exchange.log")
    # codelint: ok D12 because opening a local file once per exchange is shorter than starting it
    with complaints.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "readiness.wire.stage", msgspec.json.encode(options).decode()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            start_new_session=True,
        )
    listening: asyncio.Task[None] | None = None
    try:
        exchange = Exchange(
            announced=await _announced(process, complaints), file=file, process=process
        )
        await asyncio.to_thread(file.write_text, json.dumps(exchange.announced), "utf-8")
        listening = asyncio.create_task(_listen(process, exchange.told))
        yield exchange
    finally:
        if listening is not None:
            listening.cancel()
        await asyncio.shield(end_group(process, (signal.SIGTERM, signal.SIGKILL)))


async def _announced(process: asyncio.subprocess.Process, complaints: Path) -> dict[str, Any]:
    if process.stdout is None:
        raise ExchangeFailed("the simulator has no output to read")
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
    except TimeoutError:
        raise ExchangeFailed("the simulator did not start in time") from None
    if not line:
        said = await asyncio.to_thread(complaints.read_text, "utf-8", "replace")
        raise ExchangeFailed(f"the simulator did not start: {said.strip()[-600:]}")
    found: dict[str, Any] = json.loads(line)
    return found


async def _listen(process: asyncio.subprocess.Process, told: set[str]) -> None:
    """Keep the words that the stage tells until it ends."""
    while process.stdout is not None and (line := await process.stdout.readline()):
        told.add(line.decode().strip())
