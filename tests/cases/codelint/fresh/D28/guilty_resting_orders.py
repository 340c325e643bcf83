class Book:
    def __init__(self, venue) -> None:
        self.venue = venue
        self.resting = {}

    def on_ack(self, order) -> None:
        self.resting[order.client_order_id] = order

    def on_done(self, order) -> None:
        self.resting.pop(order.client_order_id, None)

    async def amounts(self) -> list:
        amounts = []
        for order in self.resting.values():  # expect: D28
            amounts.append(await self.venue.left_of(order))
        return amounts

    async def touch(self) -> None:
        for number, key in enumerate(self.resting):  # expect: D28
            await self.venue.touch(number, key)
