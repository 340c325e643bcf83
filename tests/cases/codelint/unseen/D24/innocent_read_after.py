"""What was read before the wait is only logged; the sum uses what is there afterwards."""

import asyncio
import logging
from decimal import Decimal

log = logging.getLogger(__name__)


class Ledger:
    def __init__(self, fees) -> None:
        self.fees = fees
        self.balance = Decimal(0)

    async def charge(self, fill: dict) -> None:
        shown = self.balance
        log.info("balance before %s: %s", fill["execId"], shown)
        async with asyncio.timeout(2):
            fee = await self.fees.of(fill)
        self.balance = self.balance - fee
