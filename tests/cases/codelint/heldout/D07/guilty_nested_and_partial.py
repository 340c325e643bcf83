"""A nested helper that blocks, and one that is reached through functools.partial."""

import functools
import time

import requests


def fetch(base, path):
    return requests.get(base + path, timeout=5).json()


fetch_time = functools.partial(fetch, "https://api.bybit.com")


async def offset_ms(now_ms):
    def settle():
        time.sleep(0.05)

    settle()  # expect: D07
    body = fetch_time("/v5/market/time")  # expect: D07
    return int(body["time"]) - now_ms
