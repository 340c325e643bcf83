"""A worker thread has no running loop: there asyncio.run is right."""

import asyncio


async def job(name: str) -> str:
    await asyncio.sleep(0)
    return name


def in_worker(name: str) -> str:
    return asyncio.run(job(name))


async def isolated(name: str) -> str:
    return await asyncio.to_thread(in_worker, name)
