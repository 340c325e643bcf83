import asyncio


async def inner(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


def apart(value: int) -> int:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(inner(value))
    finally:
        loop.close()


async def doubled(value: int) -> int:
    return await asyncio.get_running_loop().run_in_executor(None, apart, value)
