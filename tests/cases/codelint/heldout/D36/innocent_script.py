"""A script's loop, a test fixture's loop, and a loop policy's loop for a worker process."""

import asyncio
from multiprocessing import Process


async def serve(port):
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def worker(port):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serve(port))


async def start_worker(port):
    process = Process(target=worker, args=(port,), daemon=True)
    process.start()
    return process.pid
