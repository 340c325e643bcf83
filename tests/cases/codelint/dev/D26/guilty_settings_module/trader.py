from . import runtime


async def open_leg(book, intent):
    count = runtime.open_legs
    await book.confirm(intent)
    runtime.open_legs = count + 1  # expect: D26|D24


async def close_leg(book, leg):
    runtime.open_legs -= await book.closed(leg)  # expect: D26|D25|D24
