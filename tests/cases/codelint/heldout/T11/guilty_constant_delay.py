import asyncio

import websockets


async def pump(url, topics, resync, handler, stop):
    while not stop.is_set():  # expect: T11@pump
        try:
            socket = await websockets.connect(url, open_timeout=10)
            await socket.send(topics)
            await resync()
            async for message in socket:
                handler(message)
        except OSError:  # expect: T11@pump
            await asyncio.sleep(0.01)  # expect: T11@pump
