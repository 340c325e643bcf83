"""Global constants are only read; a local shadows a global name."""

LIMITS = {"order": 100}
total = 0


async def check(client, order):
    limit = LIMITS["order"]
    quantity = await client.quantity(order)
    return quantity <= limit


async def add_up(client, orders):
    total = 0
    for order in orders:
        before = total
        total = before + await client.quantity(order)
    return total
