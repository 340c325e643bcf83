from . import shared


async def on_equity(source):
    peak = shared.peak
    equity = await source.equity()
    shared.peak = max(peak, equity)  # expect: D26|D24


async def on_order(source):
    orders = shared.Shared.orders
    await source.confirm()
    shared.Shared.orders = orders + 1  # expect: D26|D24
