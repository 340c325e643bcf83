"""Candle service: httpx for history, an anyio stream for live bars, polars for frames."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import anyio
import httpx
import polars as pl

INTERVAL_MS = {"1m": 60_000, "5m": 300_000, "1h": 3_600_000}
PAGE_ROWS = 1000
TIMEOUT = httpx.Timeout(8.0, connect=2.0)


class CandleError(Exception):
    """The exchange's answer holds no usable candles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    ts_open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @classmethod
    def of_row(cls, row: list) -> Candle:
        if len(row) < 6:
            raise CandleError(f"candle row {row!r}: expected at least 6 fields")
        stamp, *words = row[:6]
        opened, high, low, closed, volume = (Decimal(word) for word in words)
        candle = cls(
            ts_open_ms=int(stamp), open=opened, high=high, low=low, close=closed, volume=volume
        )
        candle.check()
        return candle

    def check(self) -> None:
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise CandleError(f"candle of {self.ts_open_ms}: open or close leaves low..high")


class History:
    """Pages of finished candles, oldest first."""

    def __init__(self, http: httpx.AsyncClient, symbol: str, interval: str) -> None:
        self._http = http
        self._symbol = symbol
        self._step_ms = INTERVAL_MS[interval]
        self._interval = interval

    async def page(self, start_ms: int) -> list[Candle]:
        reply = await self._http.get(
            "/fapi/v1/klines",
            params={
                "symbol": self._symbol,
                "interval": self._interval,
                "startTime": start_ms,
                "limit": PAGE_ROWS,
            },
        )
        reply.raise_for_status()
        return [Candle.of_row(row) for row in reply.json()]

    async def between(self, start_ms: int, end_ms: int) -> AsyncIterator[Candle]:
        cursor = start_ms
        while cursor < end_ms:
            candles = await self.page(cursor)
            if not candles:
                return
            for candle in candles:
                if candle.ts_open_ms >= end_ms:
                    return
                yield candle
            cursor = candles[-1].ts_open_ms + self._step_ms


def frame_of(candles: list[Candle]) -> pl.DataFrame:
    rows = [
        {
            "ts_open_ms": candle.ts_open_ms,
            "close": str(candle.close),
            "volume": str(candle.volume),
        }
        for candle in candles
    ]
    return pl.DataFrame(rows).sort("ts_open_ms").unique("ts_open_ms", keep="last")


def gaps(frame: pl.DataFrame, step_ms: int) -> list[int]:
    """Opening times after which candles are missing."""
    stamps = frame["ts_open_ms"].to_list()
    return [left for left, right in zip(stamps, stamps[1:]) if right - left != step_ms]


async def collect(base: str, symbol: str, interval: str, start_ms: int, end_ms: int) -> int:
    candles: list[Candle] = []
    async with httpx.AsyncClient(base_url=base, timeout=TIMEOUT) as http:
        history = History(http, symbol, interval)
        async for candle in history.between(start_ms, end_ms):
            candles.append(candle)
    frame = frame_of(candles)
    missing = gaps(frame, INTERVAL_MS[interval])
    for stamp in missing:
        print(f"{symbol}: a gap after {stamp}", file=sys.stderr)
    print(f"{symbol}: {frame.height} candles, {len(missing)} gaps")
    return 1 if missing else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="download candles and look for gaps")
    parser.add_argument("symbol")
    parser.add_argument("--base", required=True)
    parser.add_argument("--interval", choices=sorted(INTERVAL_MS), default="1m")
    parser.add_argument("--start-ms", type=int, required=True)
    parser.add_argument("--end-ms", type=int, required=True)
    given = parser.parse_args()
    return anyio.run(
        collect, given.base, given.symbol, given.interval, given.start_ms, given.end_ms
    )


if __name__ == "__main__":
    raise SystemExit(main())
