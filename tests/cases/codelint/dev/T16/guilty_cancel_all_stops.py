import asyncio


class Trailing:
    def __init__(self, stops):
        self.stops = stops

    async def update_trailing_stop(self, leg, new_stop):
        for stop in list(leg.stop_orders):
            async with asyncio.timeout(3):
                await self.stops.cancel_stop(leg, stop)  # expect: T16@trail
        async with asyncio.timeout(3):
            await self.stops.place_stop(leg, new_stop)  # expect: T16@trail
