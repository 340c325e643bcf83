import asyncio
import json


async def decoded(stream, log) -> dict | None:
    text = await stream.next()
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        log.warning("not JSON: %s", error)
        return None


async def next_or_none(stream) -> str | None:
    try:
        return await asyncio.wait_for(stream.next(), timeout=1)
    except TimeoutError:
        return None
