import time


class Paced:
    gap_s = 0.1

    def _pace(self):
        time.sleep(self.gap_s)


class Sender(Paced):
    def __init__(self, transport):
        self.transport = transport

    async def send(self, order):
        super()._pace()  # expect: D07
        await self.transport.send(order)

    async def send_urgent(self, order):
        self._pace()  # expect: D07
        await self.transport.send(order)
