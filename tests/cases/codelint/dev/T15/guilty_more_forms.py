"""State replaced by whatever came last: by update, by setattr, by a tuple."""

from decimal import Decimal


class Account:
    def __init__(self):
        self.positions = {}
        self.available_balance = Decimal(0)

    def on_position_message(self, message):
        row = message["data"][0]
        self.positions.update({row["symbol"]: Decimal(row["size"])})  # expect: T15

    def on_wallet_message(self, message):
        setattr(self, "available_balance", Decimal(message["data"][0]["free"]))  # expect: T15


class Leg:
    def __init__(self):
        self.position_qty, self.entry_px = Decimal(0), Decimal(0)

    async def on_message(self, message):
        row = message["data"][0]
        self.position_qty, self.entry_px = Decimal(row["size"]), Decimal(row["avg"])  # expect: T15
