"""What became of the order is asked before it is sent again, or its id keeps it single."""


class TimedOut:
    pass


class Desk:
    def __init__(self, broker):
        self.broker = broker

    async def enter(self, order):
        answer = await self.broker.place_order(order, timeout=5)
        while isinstance(answer, TimedOut):
            seen = await self.broker.fetch_order(order.link, timeout=5)
            if seen is not None:
                return seen
            answer = await self.broker.place_order(order, timeout=5)
        return answer

    async def leave(self, symbol, side, link):
        answer = await self.broker.place_order(
            symbol=symbol, side=side, qty="1", position_idx=1, reduce_only=True,
            order_link_id=link, timeout=5,
        )
        while isinstance(answer, TimedOut):
            answer = await self.broker.place_order(
                symbol=symbol, side=side, qty="1", position_idx=1, reduce_only=True,
                order_link_id=link, timeout=5,
            )
        return answer

    async def page(self, orders):
        more = True
        while more:
            for order in orders:
                more = await self.broker.place_order(order, timeout=5)
        return more
