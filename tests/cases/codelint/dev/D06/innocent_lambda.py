"""The blocking call is inside a lambda or nested function that a thread runs."""

import asyncio

import requests


async def tickers(base: str, symbols: list[str]) -> list[dict]:
    def fetch_all() -> list[dict]:
        with requests.Session() as session:
            return [
                session.get(f"{base}/v5/market/tickers?symbol={s}", timeout=3).json()
                for s in symbols
            ]

    return await asyncio.to_thread(fetch_all)


async def ping(base: str) -> int:
    loop = asyncio.get_running_loop()
    reply = await loop.run_in_executor(None, lambda: requests.get(base, timeout=2))
    return reply.status_code
