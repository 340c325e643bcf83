"""The leg guessed from the order side."""

from decimal import Decimal


def position_idx_of(side: str) -> int:
    return 1 if side == "Buy" else 2  # expect: T02


IDX_BY_SIDE = {"BUY": 1, "SELL": 2}


class Executor:
    def __init__(self, client):
        self.client = client

    async def submit(self, order, quantity: Decimal):
        position_idx = IDX_BY_SIDE[order.side.upper()]  # expect: T02
        return await self.client.place_order(
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            position_idx=position_idx,
            client_order_id=order.client_order_id,
            reduce_only=order.reduce_only,
            timeout=3,
        )
