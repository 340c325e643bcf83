"""State in a closure, in a class attribute and in a module list."""

last_prices = [0]


class Registry:
    live = 0
    names: list[str] = []

    @classmethod
    async def enter(cls, gate):
        live = cls.live
        await gate.wait_turn()
        cls.live = live + 1  # expect: D26|D24


async def remember(feed):
    previous = last_prices[0]
    price = await feed.price()
    last_prices[0] = max(previous, price)  # expect: D26|D24


def make_counter(feed):
    total = 0

    async def add(symbol):
        nonlocal total
        before = total
        volume = await feed.volume(symbol)
        total = before + volume  # expect: D26|D24
        return total

    return add
