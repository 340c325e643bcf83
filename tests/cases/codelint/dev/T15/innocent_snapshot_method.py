"""A snapshot asked for by REST replaces the state; that is what it is for."""

from decimal import Decimal


class Account:
    def __init__(self, rest):
        self.rest = rest
        self.wallet = {}
        self.positions = {}

    async def refresh(self):
        rows = await self.rest.get_balance(timeout=5)
        self.wallet = {row["coin"]: Decimal(row["equity"]) for row in rows}
        legs = await self.rest.get_positions(timeout=5)
        self.positions = {(leg["symbol"], leg["positionIdx"]): leg for leg in legs}
