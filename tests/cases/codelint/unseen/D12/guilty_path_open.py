"""The tape of trades is appended to by the consumer itself."""

import pathlib

import aiohttp

TAPE = pathlib.Path("var") / "tape.jsonl"


async def record(session: aiohttp.ClientSession, url: str) -> int:
    count = 0
    async with session.ws_connect(url, heartbeat=20, timeout=5) as socket:
        await socket.send_json({"op": "subscribe", "args": ["publicTrade.ETHUSDT"]})
        async for message in socket:
            with TAPE.open("a", encoding="utf-8") as tape:  # expect: D12
                tape.write(message.data + "\n")
            count += 1
    return count
