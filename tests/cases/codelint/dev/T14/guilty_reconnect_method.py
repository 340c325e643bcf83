class PrivateFeed:
    def __init__(self, transport, trading):
        self.transport = transport
        self.trading = trading
        self.topics = ("order", "execution", "position")

    async def reconnect(self):  # expect: T14@reconnect
        self.trading.pause()
        await self.transport.wait_backoff()
        await self.transport.open()  # expect: T14@reconnect
        await self.transport.login()
        await self.transport.subscribe(self.topics)
        self.trading.resume()  # expect: T14@reconnect
