"""Locals and objects made here belong to this coroutine alone."""

from collections import Counter


async def totals(source, symbols: list[str]) -> Counter:
    counts: Counter = Counter()
    rows = 0
    for symbol in symbols:
        counts[symbol] += await source.count(symbol)
        rows += await source.rows(symbol)
    counts["all"] = rows
    return counts
