"""Exchange calls whose answer may never come, in three clients."""

import asyncio

import ccxt.async_support as ccxt


class TradeSocket:
    def __init__(self, socket):
        self.socket = socket
        self.waiting = {}

    async def place_order(self, request_id, payload):
        future = asyncio.get_running_loop().create_future()
        self.waiting[request_id] = future
        await self.socket.send(payload)  # expect: D33@place
        return await future  # expect: D33@place

    def on_reply(self, request_id, reply):
        self.waiting.pop(request_id).set_result(reply)


class Legs:
    def __init__(self, key, secret):
        self.exchange = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 0})  # expect: D33@legs

    async def read(self, symbol):
        return await self.exchange.fetch_positions([symbol])  # expect: D33@legs
