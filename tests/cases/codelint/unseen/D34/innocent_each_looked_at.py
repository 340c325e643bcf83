"""Exceptions are returned, told apart from answers, and raised as a group."""

import asyncio


async def checked(calls: list) -> list:
    async with asyncio.timeout(10):
        results = await asyncio.gather(*calls, return_exceptions=True)
    failed = [result for result in results if isinstance(result, Exception)]
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {len(results)} failed", failed)
    return results


async def cancelled(venue, link_ids: list[str]) -> int:
    return len(await checked([venue.cancel(link_id) for link_id in link_ids]))
