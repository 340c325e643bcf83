"""Any failure is raised as a group, or given to the caller with its name."""

import asyncio


async def warm(caches):
    results = await asyncio.gather(*(cache.fill() for cache in caches), return_exceptions=True)
    errors = [result for result in results if isinstance(result, Exception)]
    if errors:
        raise ExceptionGroup("caches were not filled", errors)


async def by_name(jobs):
    results = await asyncio.gather(*jobs.values(), return_exceptions=True)
    return dict(zip(jobs, results, strict=True))
