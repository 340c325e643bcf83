from core import fetch_sync


async def depth(symbol, limit=50):
    url = f"https://fapi.binance.com/fapi/v1/depth?symbol={symbol}&limit={limit}"
    book = fetch_sync(url)  # expect: D07
    return book["bids"], book["asks"]
