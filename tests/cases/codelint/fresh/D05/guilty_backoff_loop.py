from time import sleep

import httpx


async def server_time(base: str) -> int:
    async with httpx.AsyncClient(base_url=base, timeout=3) as client:
        for attempt in range(4):
            reply = await client.get("/api/v5/public/time")
            if reply.status_code == 429:
                sleep(2**attempt)  # expect: D05
                continue
            return int(reply.json()["data"][0]["ts"])
    raise ConnectionError("the exchange answers 429")


async def settle(seconds: int) -> None:
    (sleep)(seconds)  # expect: D05
