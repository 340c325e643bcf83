"""Trading loop that asks a coroutine for permission and takes the object for the answer."""


class Breaker:
    def __init__(self, losses_max):
        self.losses_max = losses_max
        self.losses = 0

    async def is_open(self) -> bool:
        return self.losses >= self.losses_max


async def market_is_open(calendar, symbol) -> bool:
    return await calendar.is_open(symbol)


class Trader:
    def __init__(self, calendar):
        self.calendar = calendar
        self.breaker = Breaker(3)

    async def allowed(self, symbol):
        if self.breaker.is_open():  # expect: D03
            return False
        return await market_is_open(self.calendar, symbol)

    async def wait_open(self, symbol, sleep):
        if not market_is_open(self.calendar, symbol):  # expect: D03
            await sleep(60)
        return symbol
