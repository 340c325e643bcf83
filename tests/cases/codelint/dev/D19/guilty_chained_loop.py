import asyncio
import signal


async def drain(engine):
    await engine.drain()


def install(engine):
    def on_term(*_):
        asyncio.get_event_loop().create_task(drain(engine))  # expect: D19

    signal.signal(signal.SIGTERM, on_term)
