import asyncio

gate = asyncio.Lock()


async def guarded(work, log):
    await gate.acquire()  # expect: D31
    try:
        result = work()
        gate.release()
        return result
    except ValueError as error:
        gate.release()
        log.error("bad input: %s", error)
        return None
