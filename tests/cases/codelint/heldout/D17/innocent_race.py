"""The hedged read: two tasks, the loser is cancelled, both are waited for."""

import asyncio


async def first_answer(primary, secondary):
    tasks = [asyncio.create_task(primary()), asyncio.create_task(secondary())]
    done, pending = await asyncio.wait(tasks, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if not done:
        raise TimeoutError("neither source answered within 5 s")
    return done.pop().result()
