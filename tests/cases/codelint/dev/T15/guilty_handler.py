from decimal import Decimal


class Sizer:
    def __init__(self, ratio: Decimal):
        self.ratio = ratio
        self.balance = Decimal(0)
        self.position_size = Decimal(0)

    async def on_message(self, message: dict) -> None:
        if message["topic"] == "wallet":
            self.balance = Decimal(message["data"]["availableBalance"])  # expect: T15
        elif message["topic"] == "position":
            self.position_size = Decimal(message["data"]["size"])  # expect: T15

    def quantity(self, price: Decimal) -> Decimal:
        return self.balance * self.ratio // price
