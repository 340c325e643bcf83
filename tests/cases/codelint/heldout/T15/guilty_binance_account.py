"""Account updates applied in whatever order they arrive."""

from decimal import Decimal


class BinanceAccount:
    def __init__(self):
        self.wallet = {}
        self.legs = {}

    def on_account_update(self, event):
        for row in event["a"]["B"]:
            self.wallet[row["a"]] = Decimal(row["wb"])  # expect: T15
        for row in event["a"]["P"]:
            self.legs[row["s"], row["ps"]] = Decimal(row["pa"])  # expect: T15
