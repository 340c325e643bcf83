"""A sequence number decides; older messages are counted and dropped; REST is the truth."""

from decimal import Decimal


class BinanceAccount:
    def __init__(self):
        self.wallet = {}
        self.event_ms = 0
        self.late = 0

    def on_account_update(self, event):
        if event["T"] < self.event_ms:
            self.late += 1
            return
        self.event_ms = event["T"]
        for row in event["a"]["B"]:
            self.wallet[row["a"]] = Decimal(row["wb"])

    async def resync(self, rest):
        rows = await rest.get_balance(timeout=5)
        self.wallet = {row["asset"]: Decimal(row["balance"]) for row in rows}
