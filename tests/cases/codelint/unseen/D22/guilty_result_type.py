"""Answers are wrapped as a success or a failure; nothing is ever raised."""

from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Outcome:
    value: Any = None
    error: str = ""


async def asked(session: aiohttp.ClientSession, path: str) -> Outcome:
    limit = aiohttp.ClientTimeout(total=3)
    try:
        async with session.get(path, timeout=limit) as reply:
            return Outcome(value=await reply.json())
    except BaseException as error:  # expect: D22
        return Outcome(error=repr(error))
