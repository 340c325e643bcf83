"""Top layer: coroutines."""

from bot import market


class Engine:
    def __init__(self, symbols: list[str]):
        self.symbols = symbols

    async def mark_prices(self) -> dict[str, str]:
        prices = {}
        for symbol in self.symbols:
            name = market.describe(symbol)
            prices[name] = market.mark_price(symbol)  # expect: D08
        return prices
