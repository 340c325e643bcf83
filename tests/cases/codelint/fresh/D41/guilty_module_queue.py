import asyncio

SIGNALS = asyncio.Queue()


def offer(signal) -> None:
    SIGNALS.put_nowait(signal)


async def consume(handle) -> None:
    while signal := await SIGNALS.get():  # expect: D41
        await handle(signal)


async def pipeline(source, handle) -> None:
    rows: asyncio.LifoQueue = asyncio.LifoQueue()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.fill(rows))
        while (row := await rows.get()) is not None:  # expect: D41
            await handle(row)
