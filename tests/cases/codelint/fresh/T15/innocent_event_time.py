"""Older events are dropped; what counts for sizing is asked for by REST."""

from decimal import Decimal


class UserData:
    def __init__(self, rest) -> None:
        self.rest = rest
        self.positions: dict[tuple[str, str], Decimal] = {}
        self.event_ms = 0

    def on_account_update(self, event: dict) -> None:
        if event["E"] <= self.event_ms:
            return
        self.event_ms = event["E"]
        for row in event["a"]["P"]:
            self.positions[row["s"], row["ps"]] = Decimal(row["pa"])

    async def free_margin(self) -> Decimal:
        account = await self.rest.get_account(timeout=3)
        return Decimal(account["availableBalance"])
