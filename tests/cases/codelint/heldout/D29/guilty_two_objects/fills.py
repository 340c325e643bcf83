from .locks import ORDERS, POSITIONS


async def apply(book, fill):
    async with ORDERS:
        book.orders.append(fill)
        async with POSITIONS:  # expect: D29@cycle
            book.legs.append(fill)
