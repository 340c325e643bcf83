"""Module state of a strategy file, in three forms."""

import asyncio

position_count = 0
daily_loss = 0
cache: dict[str, int] = {}
_session = None


async def open_position(venue, intent, positions_max):
    global position_count
    if position_count >= positions_max:  # expect: D26|D23@count
        return None
    result = await venue.open(intent)
    position_count += 1  # expect: D26|D23@count
    return result


async def add_loss(ledger):
    global daily_loss
    loss = daily_loss
    loss += await ledger.realised()
    daily_loss = loss  # expect: D26


async def session(factory):
    global _session
    if _session is None:  # expect: D26|D23@session
        await asyncio.sleep(0)
        _session = await factory()  # expect: D26|D23@session
    return _session
