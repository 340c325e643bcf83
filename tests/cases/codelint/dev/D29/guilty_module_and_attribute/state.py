import asyncio

GLOBAL_LOCK = asyncio.Lock()


class Leg:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.quantity = 0


LEG = Leg()
