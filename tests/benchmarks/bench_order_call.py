"""What `BybitClient` adds to an order call, against a bare aiohttp POST to the same server.

    python tests/benchmarks/bench_order_call.py [--calls N] [--loop asyncio|uvloop]

Both run interleaved in one process against one stub exchange in another process; the bare call
sends a body of the same size with ready-made headers and reads the answer's bytes. Printed are
medians, the 99th percentiles, and the ratio of medians with a 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import statistics
import sys
import time
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import ApprovedOrder, OrderIntent, OrderSide, OrderType
from bot_trading.domain.reports import OrderAccepted
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.bybit.requests import create_body

ANSWER = (
    b'{"retCode":0,"retMsg":"OK","result":{"orderId":"1321003749386327552",'
    b'"orderLinkId":"bench"},"retExtInfo":{},"time":1795000000000}'
)
LIMITS = {"X-Bapi-Limit": "100000", "X-Bapi-Limit-Status": "99999"}
LEG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
RESAMPLES = 2_000
TARGET_RATIO = 1.2


def serve(ready: Connection) -> None:
    """The stub exchange: accepts every order, keeps the clock and a hedge-mode account."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        path = request.path
        if path == "/v5/order/create":
            return web.Response(body=ANSWER, headers=LIMITS, content_type="application/json")
        result: dict[str, object] = {"list": [], "timeNano": str(time.time_ns())}
        return web.json_response({"retCode": 0, "retMsg": "OK", "result": result})

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def approved(number: int) -> ApprovedOrder:
    """A market entry with its stop, as the bot sends them."""
    intent = OrderIntent(
        client_order_id=f"bench-{number:08d}",
        leg_id=LEG,
        side=OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal("0.010"),
        reference_px=Decimal("60000"),
        stop_loss=Decimal("59000"),
        take_profit=Decimal("61000"),
    )
    return ApprovedOrder(intent=intent, ts_approved_us=now_us())


async def measure(port: int, calls: int) -> tuple[list[float], list[float]]:
    """Microseconds of each bare call and of each call through the client."""
    url = f"http://127.0.0.1:{port}"
    config = BybitConfig(
        rest_url=url, ws_public_url="", ws_private_url="", orders_per_s=100_000, probe_symbols=()
    )
    client = BybitClient(config, Credentials(api_key="k" * 18, api_secret="s" * 36))
    await client.open()
    body = create_body(approved(0).intent)
    headers = {
        "X-BAPI-API-KEY": "k" * 18,
        "X-BAPI-TIMESTAMP": "1795000000000",
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": "0" * 64,
        "Content-Type": "application/json",
    }
    bare: list[float] = []
    ours: list[float] = []
    async with aiohttp.ClientSession() as session:
        for number in range(calls + 200):
            order = approved(number)
            began = time.perf_counter_ns()
            async with session.post(url + "/v5/order/create", data=body, headers=headers) as reply:
                await reply.read()
            between = time.perf_counter_ns()
            answer = await client.place_order(order)
            ended = time.perf_counter_ns()
            if not isinstance(answer, OrderAccepted):
                raise SystemExit(f"the stub refused an order: {answer}")
            if number >= 200:  # The first calls warm connections and caches up.
                bare.append((between - began) / 1000)
                ours.append((ended - between) / 1000)
    await client.close()
    return bare, ours


def interval(bare: list[float], ours: list[float]) -> tuple[float, float]:
    """A 95 % bootstrap interval of the ratio of medians, resampling pairs."""
    dice = random.Random(7)
    pairs = list(zip(bare, ours, strict=True))
    ratios = []
    for _ in range(RESAMPLES):
        sample = dice.choices(pairs, k=len(pairs))
        ratios.append(
            statistics.median(mine for _, mine in sample)
            / statistics.median(plain for plain, _ in sample)
        )
    ratios.sort()
    return ratios[int(RESAMPLES * 0.025)], ratios[int(RESAMPLES * 0.975)]


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3_000)
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio")
    chosen = parser.parse_args()
    ours_end, theirs_end = multiprocessing.Pipe()
    stub = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs_end,))
    stub.start()
    try:
        port = ours_end.recv()
        if chosen.loop == "uvloop":
            import uvloop

            bare, ours = uvloop.run(measure(port, chosen.calls))
        else:
            bare, ours = asyncio.run(measure(port, chosen.calls))
    finally:
        stub.terminate()
        stub.join()
    low, high = interval(bare, ours)
    out = sys.stdout.write
    for name, times in (("bare aiohttp POST", bare), ("BybitClient.place_order", ours)):
        tail = statistics.quantiles(times, n=100)[98]
        out(f"{name:24s} p50 {statistics.median(times):7.1f} µs   p99 {tail:7.1f} µs\n")
    ratio = statistics.median(ours) / statistics.median(bare)
    verdict = "reached" if high <= TARGET_RATIO else "missed" if low > TARGET_RATIO else "unclear"
    out(f"ratio {ratio:.3f}, 95 % interval {low:.3f} to {high:.3f}; ")
    out(f"target {TARGET_RATIO}: {verdict} ({chosen.loop}, {len(ours)} pairs)\n")


if __name__ == "__main__":
    main()
