import requests

BASE = "https://api.bybit.com"


def tick_size(symbol: str) -> str:
    query = {"category": "linear", "symbol": symbol}
    reply = requests.get(f"{BASE}/v5/market/instruments-info", params=query, timeout=5)
    return reply.json()["result"]["list"][0]["priceFilter"]["tickSize"]


class Rates:
    @staticmethod
    def usd(currency: str) -> str:
        reply = requests.get("https://open.er-api.com/v6/latest/USD", timeout=5)
        return reply.json()["rates"][currency]
