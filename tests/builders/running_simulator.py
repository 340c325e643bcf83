"""The exchange simulator as a process of its own, for the length of a test."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials

__all__ = ["Simulator", "running_simulator"]

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """Where a running simulator listens, and the key of its account."""

    port: int
    api_key: str
    api_secret: str

    def config(self, *, via_port: int | None = None, **changes: object) -> BybitConfig:
        """A configuration that points to it, perhaps through a proxy's port."""
        base = f"127.0.0.1:{via_port or self.port}"
        addresses: dict[str, object] = {
            "rest_url": f"http://{base}",
            "ws_public_url": f"ws://{base}/v5/public/linear",
            "ws_private_url": f"ws://{base}/v5/private",
            "ws_trade_url": f"ws://{base}/v5/trade",
        }
        return BybitConfig(**(addresses | changes))  # type: ignore[arg-type]

    def client(self, *, via_port: int | None = None, **changes: object) -> BybitClient:
        """A client of its account."""
        credentials = Credentials(api_key=self.api_key, api_secret=self.api_secret)
        config = self.config(via_port=via_port, **changes)
        return BybitClient(config, credentials, random_ratio=lambda: 0.0)


@asynccontextmanager
async def running_simulator(*arguments: str, port: int = 0) -> AsyncIterator[Simulator]:
    """Start it with these arguments beside a fixed market; stop it at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "exchange_simulator",
        "--json",
        *("--market", "bybit", "--port", str(port), "--seed", "7"),
        *arguments,
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 120)
        told = json.loads(line)["bybit"]
        yield Simulator(
            port=int(told["rest_url"].rpartition(":")[2]),
            api_key=told["api_key"],
            api_secret=told["api_secret"],
        )
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 10)
