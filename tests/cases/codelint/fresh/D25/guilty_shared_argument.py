class Portfolio:
    def __init__(self, quotes) -> None:
        self.quotes = quotes
        self.delta = 0
        self.risk = 0

    async def add(self, leg) -> None:
        self.delta -= 2 * await self.quotes.delta(leg)  # expect: D25

    async def worst(self, leg) -> None:
        self.risk = max(self.risk, await self.quotes.risk(leg))  # expect: D25
