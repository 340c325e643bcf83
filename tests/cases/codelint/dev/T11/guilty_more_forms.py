"""Reconnects at full speed: in a finally, by a callback, by a zero delay."""

import asyncio


class Stream:
    def __init__(self, connect, subscribe, reconcile, pump):
        self.connect = connect
        self.subscribe = subscribe
        self.reconcile = reconcile
        self.pump = pump
        self.closing = False

    async def run(self):
        while not self.closing:  # expect: T11@run
            socket = None
            try:
                socket = await self.connect(timeout=10)
                await self.subscribe(socket)
                await self.reconcile()
                await self.pump(socket)
            except ConnectionError:  # expect: T11@run
                continue  # expect: T11@run
            finally:
                if socket is not None:
                    socket.abort()

    async def on_disconnect(self):  # expect: T11@callback
        await asyncio.sleep(0)
        socket = await self.connect(timeout=10)  # expect: T11@callback
        await self.subscribe(socket)
        await self.reconcile()
