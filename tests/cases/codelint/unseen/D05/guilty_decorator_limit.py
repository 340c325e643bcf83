"""Requests are spaced by a decorator, so that the exchange does not refuse them."""

import functools
from collections.abc import Awaitable, Callable
from time import sleep
from typing import Any

import httpx


def spaced(seconds: int) -> Callable:
    def decorate(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(call)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            sleep(seconds)  # expect: D05
            return await call(*args, **kwargs)

        return wrapper

    return decorate


@spaced(1)
async def open_interest(client: httpx.AsyncClient, symbol: str) -> dict:
    reply = await client.get("/v5/market/open-interest", params={"symbol": symbol}, timeout=3)
    return reply.json()
