"""Stop manager; the exchange's coroutine method is called without await."""

from decimal import Decimal


class ExchangeClient:
    def __init__(self, http):
        self._http = http

    async def set_trading_stop(self, symbol: str, position_idx: int, stop: Decimal) -> None:
        body = {"symbol": symbol, "positionIdx": position_idx, "stopLoss": str(stop)}
        await self._http.post("/v5/position/trading-stop", json=body, timeout=3)

    async def close(self) -> None:
        await self._http.close()


class StopManager:
    def __init__(self, client: ExchangeClient):
        self.client = client
        self.stops: dict[str, Decimal] = {}

    async def tighten(self, symbol: str, position_idx: int, stop: Decimal) -> None:
        self.stops[symbol] = stop
        self.client.set_trading_stop(symbol, position_idx, stop)  # expect: D04

    async def shutdown(self) -> None:
        self.stops.clear()
        self.client.close()  # expect: D04
