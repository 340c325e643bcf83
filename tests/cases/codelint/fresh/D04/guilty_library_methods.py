"""Awaitables of libraries that nobody awaits."""

import asyncio

import redis.asyncio as redis


class Cache:
    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self.done = asyncio.Event()

    async def forget(self, key: str) -> None:
        self.client.delete(key)  # expect: D04|D01

    async def wait(self) -> str:
        self.done.wait()  # expect: D04|D01
        return "done"
