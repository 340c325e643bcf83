"""The assigned value comes from a plain function, although its sibling is a coroutine."""


async def build_quote_async(book):
    return await book.snapshot()


def build_quote(book):
    return book.best_bid, book.best_ask


async def run(book, sink):
    quote = build_quote(book)
    deep = await build_quote_async(book)
    sink.write(quote, deep)
