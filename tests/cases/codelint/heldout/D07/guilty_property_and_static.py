"""Blocking work behind a property, a static method and a class constructor."""

import urllib.request


class Rates:
    @staticmethod
    def fetch(url):
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.read()

    @classmethod
    def of(cls, symbol):
        return urllib.request.urlopen("https://example.org/" + symbol, timeout=5).read()


async def refresh(url):
    return Rates.fetch(url)  # expect: D07


async def refresh_symbol(symbol):
    return Rates.of(symbol)  # expect: D07
