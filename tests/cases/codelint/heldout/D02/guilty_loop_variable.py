async def price_of(feed, symbol):
    return await feed.price(symbol)


async def cheapest(feed, symbols, log):
    quotes = {}
    for symbol in symbols:
        quote = price_of(feed, symbol)  # expect: D02
        log.debug("asked for %s", symbol)
    return quotes
