"""Sides mixed up in a dictionary key, a default and a keyword."""

CLOSE_OF = {"LONG": "SELL", "SHORT": "BUY"}


class Exits:
    def __init__(self, client):
        self.client = client

    def side_to_close(self, order):
        return CLOSE_OF[order.order_side]  # expect: T04

    def legs_of(self, book, order):
        return book.find(symbol=order.symbol, position_side=order.order_side)  # expect: T04

    async def reduce(self, leg, quantity):
        return await self.client.place_order(
            symbol=leg.symbol,
            side=leg.position_side.upper(),  # expect: T04
            quantity=quantity,
            position_idx=leg.position_idx,
            client_order_id=leg.close_id,
            reduce_only=True,
            timeout=3,
        )
