"""A table that nobody changes after it was made."""

from types import MappingProxyType

CHANNELS = MappingProxyType({"trades": "publicTrade", "book": "orderbook.50"})
ENDPOINTS = {"okx": "/api/v5/public/time", "bybit": "/v5/market/time"}


async def subscribe(socket, symbol: str) -> None:
    for channel in CHANNELS.values():
        await socket.subscribe(f"{channel}.{symbol}")


async def clocks(ask) -> dict[str, int]:
    times = {}
    for name, path in ENDPOINTS.items():
        times[name] = await ask(name, path)
    return times
