class LeverageCache:
    def __init__(self, client):
        self.client = client
        self.set_for: dict[str, int] = {}

    async def ensure(self, symbol: str, leverage: int) -> None:
        current = self.set_for.get(symbol)  # expect: D27@leverage
        if current is None:
            await self.client.set_leverage(symbol, leverage)
            self.set_for[symbol] = leverage  # expect: D27@leverage
