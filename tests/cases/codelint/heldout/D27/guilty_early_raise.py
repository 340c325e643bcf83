"""The duplicate is refused by an exception; the claim comes an await too late."""


class DuplicateError(Exception):
    pass


class Intake:
    def __init__(self, journal):
        self.journal = journal
        self.by_id = {}
        self.active = set()

    async def accept(self, intent):
        if intent.id in self.by_id:  # expect: D27@accept
            raise DuplicateError(intent.id)
        stored = await self.journal.store(intent)
        self.by_id[intent.id] = stored  # expect: D27@accept

    async def start(self, symbol):
        if symbol not in self.active and symbol:  # expect: D27|D23@start
            async with self.journal.section(symbol):
                self.active |= {symbol}  # expect: D27|D23@start
