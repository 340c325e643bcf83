"""Free margin before an entry, through the asynchronous side of ccxt."""

from decimal import Decimal

import ccxt.async_support as ccxt


class MarginGate:
    def __init__(self, key: str, secret: str, floor: Decimal) -> None:
        self._venue = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 4000})
        self._floor = floor

    async def allows(self, needed: Decimal) -> bool:
        wallet = self._venue.fetch_balance()  # expect: D02
        if needed < self._floor:
            return False
        return wallet is not None

    async def aclose(self) -> None:
        await self._venue.close()
