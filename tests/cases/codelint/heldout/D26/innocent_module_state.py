"""Module state written at once, after the await, from fresh reads; a ContextVar is per task."""

import contextvars

position_count = 0
halted = False
request_id = contextvars.ContextVar("request_id", default=0)


async def open_position(desk, intent):
    global position_count
    result = await desk.open(intent)
    position_count = position_count + 1
    return result


async def halt(desk):
    global halted
    if halted:
        return
    halted = True
    await desk.halt()


async def numbered(desk):
    number = request_id.get()
    await desk.touch()
    request_id.set(number + 1)
