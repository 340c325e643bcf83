"""The last price is by nature the last message; fills add up by their own ids."""

from decimal import Decimal


class Market:
    def __init__(self):
        self.last_px = {}
        self.exec_ids = set()
        self.filled = Decimal(0)

    def on_ticker(self, message):
        self.last_px[message["symbol"]] = Decimal(message["lastPrice"])

    def on_execution(self, row):
        if row["execId"] in self.exec_ids:
            return
        self.exec_ids.add(row["execId"])
        self.filled += Decimal(row["execQty"])
