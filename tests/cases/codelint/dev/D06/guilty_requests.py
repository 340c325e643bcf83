"""Funding-rate collector with a synchronous client in a coroutine."""

import logging

import requests

logger = logging.getLogger(__name__)
BASE = "https://api.bybit.com"


class FundingCollector:
    def __init__(self, symbols):
        self.symbols = symbols
        self.session = requests.Session()

    async def collect(self):
        rates = {}
        for symbol in self.symbols:
            params = {"category": "linear", "symbol": symbol}
            response = self.session.get(  # expect: D06
                BASE + "/v5/market/tickers", params=params, timeout=5
            )
            rates[symbol] = response.json()["result"]["list"][0]["fundingRate"]
        return rates


async def server_time():
    reply = requests.get(BASE + "/v5/market/time", timeout=5)  # expect: D06
    return int(reply.json()["result"]["timeNano"]) // 1000
