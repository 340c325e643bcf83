"""Sentences and keys with SQL's words in them."""


def prompt(model, symbol):
    return f"Select the best model from {model} where {symbol} trades"


def cache_key(symbol, status):
    return "orders:select:%s:%s" % (symbol, status)


async def publish(bus, symbol):
    await bus.execute(f"delete alert {symbol}")
