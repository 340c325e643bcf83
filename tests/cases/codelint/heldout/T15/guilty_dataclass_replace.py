from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class View:
    equity: Decimal
    position_qty: Decimal


class Listener:
    def __init__(self, view: View):
        self.view = view

    async def handle(self, message):
        if message["topic"] == "position":
            size = Decimal(message["data"][0]["size"])
            self.view = replace(self.view, position_qty=size)  # expect: T15
        if message["topic"] == "wallet":
            total = Decimal(message["data"][0]["totalEquity"])
            self.view = replace(self.view, equity=total)  # expect: T15
