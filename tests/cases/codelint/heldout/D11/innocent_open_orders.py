"""`open` as a verb of trading."""


class Position:
    def __init__(self):
        self.is_live = False

    async def open(self, gateway):
        await gateway.announce(self)
        self.is_live = True


async def open_all(positions, gateway):
    for position in positions:
        await position.open(gateway)
    return [position for position in positions if position.is_live]
