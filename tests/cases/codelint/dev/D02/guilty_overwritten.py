"""One branch awaits, the other loses its coroutine."""


async def cancel_stale(orders):
    for order in orders:
        await order.cancel()


async def sweep(orders, force: bool):
    sweep_job = cancel_stale(orders)  # expect: D02
    if force:
        sweep_job = None
    return len(orders)
