"""Module and class constants that are only read around awaits."""

LIMITS = {"orders": 10}


class Config:
    orders_max = 10


async def check(desk):
    limit = LIMITS["orders"]
    count = await desk.count()
    allowed = min(limit, Config.orders_max)
    return count < allowed
