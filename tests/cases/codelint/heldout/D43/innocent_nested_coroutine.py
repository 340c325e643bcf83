"""The await belongs to a function that is only defined in finally; a sync finally elsewhere."""


async def run(job, registry):
    try:
        return await job()
    finally:

        async def later(store):
            await store.flush()

        registry.append(later)


async def count(source):
    total = 0
    try:
        async for _ in source:
            total += 1
    finally:
        source.closed = True
    return total
