"""Dropped tasks in less usual places."""

import asyncio as aio


class Hub:
    def __init__(self, clients):
        self.clients = clients

    async def broadcast(self, text):
        for client in list(self.clients):
            aio.create_task(client.send(text))  # expect: D17

    async def greet(self, client, name):
        greeting = f"hello {name}"
        if client.ready:
            aio.ensure_future(client.send(greeting))  # expect: D17
