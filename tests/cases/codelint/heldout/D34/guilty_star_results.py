import asyncio


async def warm(caches, log):
    first, *rest = await asyncio.gather(  # expect: D34
        *(cache.fill() for cache in caches), return_exceptions=True
    )
    log.info("warmed %d caches", 1 + len(rest))


async def stop_all(legs):
    await asyncio.shield(
        asyncio.gather(*(leg.stop() for leg in legs), return_exceptions=True)  # expect: D34
    )
