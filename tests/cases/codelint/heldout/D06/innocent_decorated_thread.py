"""A decorator moves the blocking function into a thread: callers await it."""

import asyncio
import functools

import requests


def in_thread(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)

    return wrapper


@in_thread
def exchange_info(base):
    return requests.get(base + "/fapi/v1/exchangeInfo", timeout=5).json()


async def symbols(base):
    info = await exchange_info(base)
    return [row["symbol"] for row in info["symbols"]]
