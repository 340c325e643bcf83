"""How fast the simulator is: orders over REST, market messages out, replay under virtual time.

Run it with `python -m tests.benchmarks.exchange_simulator.speed [FOLDER]`; FOLDER holds recorded
5-minute candles, and without it the replay is measured on generated ones.
"""

import asyncio
import hashlib
import hmac
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from rich.console import Console

from exchange_simulator.world import WorldOptions, build_world

ROOT = Path(__file__).parents[3]
SYMBOLS = "BTCUSDT,ETHUSDT,SOLUSDT,BNBUSDT,ADAUSDT,AVAXUSDT,AAVEUSDT,APEUSDT"
CONSOLE = Console()


@contextmanager
def simulator(*options: str) -> Iterator[tuple[dict[str, Any], psutil.Process]]:
    """Run the simulator as its own process, so that it has one core to itself."""
    command = [sys.executable, "-m", "exchange_simulator", "--json", "--limits", "off", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["bybit"], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def signed(facts: dict[str, Any], body: bytes) -> dict[str, str]:
    """Return the headers of a signed POST."""
    stamp = str(int(time.time() * 1000))
    message = f"{stamp}{facts['api_key']}5000".encode() + body
    signature = hmac.new(facts["api_secret"].encode(), message, hashlib.sha256).hexdigest()
    return {
        "X-BAPI-API-KEY": facts["api_key"],
        "X-BAPI-TIMESTAMP": stamp,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": signature,
    }


def order(number: int) -> bytes:
    """Alternate opening and closing market orders on both legs, so that nothing piles up."""
    leg, side = ((1, "Buy"), (2, "Sell"), (1, "Sell"), (2, "Buy"))[number % 4]
    fields = {"category": "linear", "symbol": "BTCUSDT", "orderType": "Market", "qty": "0.01"}
    return json.dumps({**fields, "side": side, "positionIdx": leg}).encode()


async def create_orders(facts: dict[str, Any], count: int, pause_s: float) -> list[float]:
    """Send orders, eight at a time or one by one with a pause; returns latencies in ms."""
    latencies: list[float] = []
    url = f"{facts['rest_url']}/v5/order/create"
    async with aiohttp.ClientSession() as session:

        async def send(number: int) -> None:
            body = order(number)
            start = time.perf_counter()
            async with session.post(url, data=body, headers=signed(facts, body)) as reply:
                answer = await reply.json()
            latencies.append((time.perf_counter() - start) * 1000)
            assert answer["retCode"] in (0, 110017), answer

        if pause_s:
            for number in range(count):
                await send(number)
                await asyncio.sleep(pause_s)
        else:
            for start in range(0, count, 8):
                await asyncio.gather(*(send(start + offset) for offset in range(8)))
    return latencies


async def count_messages(facts: dict[str, Any], seconds: float, sockets: int) -> int:
    """Subscribe to everything on several sockets and count the frames that arrive."""
    topics = [
        f"{kind}.{symbol}"
        for symbol in SYMBOLS.split(",")
        for kind in ("publicTrade", "tickers", "kline.1", "orderbook.50")
    ]
    counts = [0] * sockets

    async def listen(number: int, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(facts["ws_public_url"], max_msg_size=0) as socket:
            await socket.send_str(json.dumps({"op": "subscribe", "args": topics}))
            end = time.monotonic() + seconds
            async for _ in socket:
                counts[number] += 1
                if time.monotonic() > end:
                    return

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(listen(number, session) for number in range(sockets)))
    return sum(counts)


def replay_all(folder: Path | None) -> tuple[float, int]:
    """Replay every candle under virtual time in steps of a base candle; seconds and candles."""
    replay = (folder,) if folder else ()
    symbols = () if folder else tuple(SYMBOLS.split(","))
    start = time.perf_counter()
    world = build_world(
        WorldOptions(replay=replay, symbols=symbols, speed=Fraction(1), interval_min=5), 0
    )
    bybit = world["bybit"]
    markets = list(bybit.exchange.markets.values())
    interval_us = markets[0].tape.interval_ms * 1000
    end_ms = markets[0].tape.end_ms() or bybit.exchange.clock.market_ms + 72_000 * 300_000
    steps = (end_ms - bybit.exchange.clock.market_ms) // (interval_us // 1000)
    for number in range(1, steps + 1):
        bybit.advance(number * interval_us)
        for market in markets:
            market.candle(market.step // market.points)
    return time.perf_counter() - start, steps * len(markets)


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with simulator("--symbols", "BTCUSDT,ETHUSDT") as (facts, process):
        asyncio.run(create_orders(facts, 400, 0))
        start, cpu = time.perf_counter(), process.cpu_times()
        asyncio.run(create_orders(facts, 4000, 0))
        seconds, used = time.perf_counter() - start, process.cpu_times()
        busy = used.user + used.system - cpu.user - cpu.system
        CONSOLE.print(
            f"orders over REST: {4000 / seconds:,.0f}/s, {4000 / busy:,.0f} per second of its core"
        )
        latencies = sorted(asyncio.run(create_orders(facts, 1000, 0.004)))
        middle, late = statistics.median(latencies), latencies[990]
        CONSOLE.print(f"acknowledgement at about 200/s: p50 {middle:.2f} ms, p99 {late:.2f} ms")
    with simulator("--symbols", SYMBOLS, "--speed", "120") as (facts, process):
        cpu = process.cpu_times()
        count = asyncio.run(count_messages(facts, 6, 8))
        used = process.cpu_times()
        busy = used.user + used.system - cpu.user - cpu.system
        memory = process.memory_info().rss / 1e6
        CONSOLE.print(
            f"messages out: {count / 6:,.0f}/s, {count / busy:,.0f} per second of its core,"
            f" {memory:.0f} MB"
        )
    seconds, candles = replay_all(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    CONSOLE.print(f"replay: {candles:,} candles in {seconds:.1f} s, {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
