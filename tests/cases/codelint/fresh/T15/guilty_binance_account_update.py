"""ACCOUNT_UPDATE events written into the state without a look at their time."""

from decimal import Decimal


class UserData:
    def __init__(self) -> None:
        self.wallet_balance = Decimal(0)
        self.positions: dict[tuple[str, str], Decimal] = {}

    async def on_account_update(self, event: dict) -> None:
        for coin in event["a"]["B"]:
            if coin["a"] == "USDT":
                self.wallet_balance = Decimal(coin["wb"])  # expect: T15
        for row in event["a"]["P"]:
            self.positions[row["s"], row["ps"]] = Decimal(row["pa"])  # expect: T15
