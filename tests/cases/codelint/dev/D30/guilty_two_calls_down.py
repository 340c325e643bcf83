import asyncio

state_lock = asyncio.Lock()
state = {}


async def write(key, value):
    async with state_lock:
        state[key] = value


async def write_pair(left, right):
    await write("left", left)
    await write("right", right)


async def swap():
    async with state_lock:
        left, right = state.get("left"), state.get("right")
        await write_pair(right, left)  # expect: D30
