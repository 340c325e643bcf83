"""Middle layer: shapes the replies."""

from bot.http import get_json


def mark_price(symbol: str) -> str:
    return get_json(f"/fapi/v1/premiumIndex?symbol={symbol}")["markPrice"]


def describe(symbol: str) -> str:
    return symbol.removesuffix("USDT")
