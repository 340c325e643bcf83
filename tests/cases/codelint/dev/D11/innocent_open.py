"""Files opened outside the loop, through threads, or by an asynchronous library."""

import asyncio
import json

import aiofiles


def read_json(path: str) -> dict:
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


class StateFile:
    def __init__(self, path: str):
        self.state = read_json(path)
        self.path = path

    async def reload(self) -> None:
        self.state = await asyncio.to_thread(read_json, self.path)

    async def append(self, line: str) -> None:
        async with aiofiles.open(self.path, "a") as handle:
            await handle.write(line)
