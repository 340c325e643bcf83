"""Equity of the unified account every minute, with pybit's blocking client."""

import asyncio
from decimal import Decimal

from pybit.unified_trading import HTTP


class EquityWatch:
    def __init__(self, key: str, secret: str) -> None:
        self.http = HTTP(testnet=True, api_key=key, api_secret=secret, timeout=5)
        self.equity: Decimal | None = None

    async def run(self) -> None:
        while True:
            answer = self.http.get_wallet_balance(accountType="UNIFIED")  # expect: D06
            self.equity = Decimal(answer["result"]["list"][0]["totalEquity"])
            await asyncio.sleep(60)
