"""The await comes first; test and insert stand together after it."""


class Instruments:
    def __init__(self, desk):
        self.desk = desk
        self.rules = {}

    async def add(self, symbol):
        rule = await self.desk.rule(symbol)
        if symbol in self.rules:
            return self.rules[symbol]
        self.rules[symbol] = rule
        return rule

    async def drop_unknown(self, symbols):
        known = await self.desk.symbols()
        for symbol in symbols:
            if symbol not in known:
                self.rules.pop(symbol, None)
