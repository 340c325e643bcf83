class PositionStream:
    def __init__(self, transport, positions):
        self.transport = transport
        self.positions = positions

    async def on_disconnect(self, error):  # expect: T14@on
        self.positions.mark_stale(error)
        await self.transport.backoff()
        await self.transport.connect()  # expect: T14@on
        await self.transport.authenticate()
        await self.transport.subscribe(["position", "order", "wallet"])  # expect: T14@on
        self.positions.mark_fresh()  # expect: T14@on
