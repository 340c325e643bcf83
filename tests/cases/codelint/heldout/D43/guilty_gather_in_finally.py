import asyncio


async def main(engine, feeds):
    tasks = [asyncio.create_task(feed.run()) for feed in feeds]
    try:
        await engine.run()
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)  # expect: D43
        engine.report(results)
        async with engine.store as store:  # expect: D43@store
            await store.checkpoint()  # expect: D43@store
