class Allocator:
    def __init__(self, budget, venue):
        self.budget = budget
        self.venue = venue

    async def allocate(self, requests):
        left = self.budget
        granted = []
        for request in requests:
            cost = await self.venue.cost(request)
            if cost <= left:
                left -= cost
                granted.append(request)
        self.budget = left  # expect: D24
        return granted
