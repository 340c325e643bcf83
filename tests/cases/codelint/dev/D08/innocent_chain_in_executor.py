"""A three-deep synchronous chain that enters through an executor only."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests


def get_json(url: str) -> dict:
    return requests.get(url, timeout=5).json()


def mark_price(base: str, symbol: str) -> str:
    return get_json(f"{base}/fapi/v1/premiumIndex?symbol={symbol}")["markPrice"]


def mark_prices(base: str, symbols: list[str]) -> list[str]:
    return [mark_price(base, symbol) for symbol in symbols]


class Feed:
    def __init__(self, base: str):
        self.base = base
        self.pool = ThreadPoolExecutor(max_workers=2)

    async def snapshot(self, symbols: list[str]) -> list[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, mark_prices, self.base, symbols)
