"""Module state read, awaited, written."""

import asyncio

import httpx

_rate: float = 1.0
_calls = 0
_client: httpx.AsyncClient | None = None


async def smooth(source) -> float:
    global _rate
    old = _rate
    fresh = await source.read()
    _rate = 0.9 * old + 0.1 * fresh  # expect: D26
    return _rate


async def counted(action):
    global _calls
    number = _calls
    answer = await action()
    _calls = number + 1  # expect: D26
    return answer


async def client(base: str) -> httpx.AsyncClient:
    global _client
    if _client is None:  # expect: D26|D23@client
        await asyncio.sleep(0)
        _client = httpx.AsyncClient(base_url=base, timeout=5)  # expect: D26|D23@client
    return _client
