from . import locks


async def close(book, leg):
    await locks.POSITIONS.acquire()
    try:
        book.legs.remove(leg)
        async with locks.ORDERS:  # expect: D29@cycle
            book.orders.clear()
    finally:
        locks.POSITIONS.release()
