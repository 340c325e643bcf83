async def is_flat(book, symbol) -> bool:
    return await book.quantity(symbol) == 0


async def all_flat(book, symbols):
    return all(is_flat(book, symbol) for symbol in symbols)  # expect: D03


async def wait_or_raise(book, symbol):
    flat = is_flat(book, symbol)  # expect: D03|D02@flat
    if not flat:  # expect: D03|D02@flat
        raise RuntimeError(f"{symbol} is not flat")
