"""Funding rates read through a client whose with statement looks asynchronous enough."""

import asyncio
import logging

import httpx

log = logging.getLogger(__name__)


async def funding_rates(symbols: list[str]) -> dict[str, str]:
    rates: dict[str, str] = {}
    with httpx.Client(base_url="https://api-testnet.bybit.com", timeout=3) as client:
        for symbol in symbols:
            params = {"category": "linear", "symbol": symbol, "limit": 1}
            reply = client.get("/v5/market/funding/history", params=params)  # expect: D06
            rates[symbol] = reply.json()["result"]["list"][0]["fundingRate"]
            await asyncio.sleep(0)
    log.info("funding of %d symbols", len(rates))
    return rates
