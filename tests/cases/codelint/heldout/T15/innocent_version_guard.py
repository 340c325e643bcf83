"""A version in the message decides; equal or older ones are dropped."""

from decimal import Decimal


class Legs:
    def __init__(self):
        self.size = {}
        self.version = {}

    def on_position(self, message):
        for row in message["data"]:
            key = (row["symbol"], row["positionIdx"])
            if row["seq"] > self.version.get(key, -1):
                self.version[key] = row["seq"]
                self.size[key] = Decimal(row["size"])
