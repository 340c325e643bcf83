"""Answers of an exchange awaited without a deadline: futures, events, sockets, groups."""

import asyncio

import websockets


class TradeSocket:
    def __init__(self, socket: websockets.ClientConnection):
        self.socket = socket
        self.replies: dict[str, asyncio.Future] = {}

    async def cancel_order(self, request_id, payload):
        self.replies[request_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(payload)  # expect: D33@cancel
        reply = await self.replies[request_id]  # expect: D33@cancel
        return reply

    def on_reply(self, request_id, reply):
        self.replies.pop(request_id).set_result(reply)


class Flatten:
    def __init__(self, exchange):
        self.exchange = exchange

    async def run(self, legs):
        async with asyncio.TaskGroup() as group:
            for leg in legs:
                group.create_task(self.exchange.close_position(leg.symbol, leg.position_idx))  # expect: D33

    async def amend(self, order, price):
        task = asyncio.create_task(
            self.exchange.amend_order(order.symbol, order.client_order_id, price)  # expect: D33@amend
        )
        return await task  # expect: D33@amend
