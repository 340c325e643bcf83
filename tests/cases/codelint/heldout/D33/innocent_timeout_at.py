"""timeout_at, a future with a deadline, and ccxt with its own timeout in milliseconds."""

import asyncio

import ccxt.async_support as ccxt


class TradeSocket:
    def __init__(self, socket):
        self.socket = socket
        self.waiting = {}

    async def request(self, request_id, payload):
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.waiting[request_id] = future
        async with asyncio.timeout_at(loop.time() + 3):
            await self.socket.send(payload)
            return await future


class Legs:
    def __init__(self, key, secret):
        self.exchange = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 5000})

    async def read(self, symbol):
        return await self.exchange.fetch_positions([symbol])
