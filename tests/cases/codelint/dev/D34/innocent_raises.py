"""Without return_exceptions the first failure is raised; results handed on are somebody's."""

import asyncio


async def load_all(feeds):
    await asyncio.gather(*(feed.load() for feed in feeds))


async def load_some(feeds):
    return await asyncio.gather(*(feed.load() for feed in feeds), return_exceptions=True)


async def report(feeds, sink):
    outcomes = await load_some(feeds)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    sink.write(f"{len(failed)} of {len(outcomes)} failed")
