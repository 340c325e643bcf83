import asyncio


async def run_once(stream, handler):
    acks: asyncio.Queue[dict] = asyncio.Queue(maxsize=0)
    stream.on_ack(acks.put_nowait)
    await stream.send({"op": "login"})
    ack = await acks.get()  # expect: D41
    handler(ack)
