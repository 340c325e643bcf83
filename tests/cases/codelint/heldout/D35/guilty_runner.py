import asyncio


async def load(store):
    return await store.load()


async def on_message(store, message):
    with asyncio.Runner() as runner:
        rows = runner.run(load(store))  # expect: D35
    return rows, message
