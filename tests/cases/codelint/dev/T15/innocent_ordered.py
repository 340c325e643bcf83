"""Messages count only when newer than what is known, and REST confirms them."""

from decimal import Decimal


class AccountState:
    def __init__(self, rest):
        self.rest = rest
        self.positions = {}
        self.updated_ms = {}
        self.dirty = False

    def on_position(self, message):
        for row in message["data"]:
            key = (row["symbol"], row["positionIdx"])
            if int(row["updatedTime"]) <= self.updated_ms.get(key, 0):
                continue
            self.updated_ms[key] = int(row["updatedTime"])
            self.positions[key] = Decimal(row["size"])

    def on_wallet(self, message):
        self.dirty = True

    async def confirm(self):
        balances = await self.rest.get_balance(timeout=5)
        self.dirty = False
        return balances
