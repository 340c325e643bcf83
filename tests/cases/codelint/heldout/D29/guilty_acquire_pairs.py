import asyncio

left = asyncio.Lock()
right = asyncio.Lock()


async def forward(rows):
    await left.acquire()
    try:
        await right.acquire()  # expect: D29@pair
        try:
            rows.append("f")
        finally:
            right.release()
    finally:
        left.release()


async def backward(rows):
    async with right, left:  # expect: D29@pair
        rows.append("b")
