"""The gate is opened by the first pong, not by a snapshot."""


class OrderFeed:
    def __init__(self, transport, gate):
        self.transport = transport
        self.gate = gate
        self.topics = ["order", "position"]

    async def restore(self):  # expect: T14@restore
        self.gate.close("the private stream was lost")
        await self.transport.wait_backoff()
        await self.transport.reconnect()  # expect: T14@restore
        await self.transport.login()
        await self.transport.subscribe(self.topics)
        await self.transport.ping(timeout=3)
        self.gate.open()  # expect: T14@restore
