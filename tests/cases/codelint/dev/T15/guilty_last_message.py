"""Whatever message came last is taken for the truth."""

from decimal import Decimal


class AccountState:
    def __init__(self):
        self.equity = Decimal(0)
        self.positions = {}

    def on_wallet(self, message):
        for coin in message["data"][0]["coin"]:
            if coin["coin"] == "USDT":
                self.equity = Decimal(coin["equity"])  # expect: T15

    def on_position(self, message):
        for row in message["data"]:
            key = (row["symbol"], row["positionIdx"])
            self.positions[key] = Decimal(row["size"])  # expect: T15
