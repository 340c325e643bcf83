"""Same shapes, awaited; and a synchronous method of an otherwise asynchronous client."""

from decimal import Decimal


class ExchangeClient:
    def __init__(self, http):
        self._http = http
        self._paused = False

    async def set_stop(self, symbol: str, position_idx: int, stop: Decimal) -> None:
        body = {"symbol": symbol, "positionIdx": position_idx, "stopLoss": str(stop)}
        await self._http.post("/v5/position/trading-stop", json=body, timeout=3)

    def pause(self) -> None:
        self._paused = True


class StopManager:
    def __init__(self, client: ExchangeClient):
        self.client = client

    async def tighten(self, symbol: str, position_idx: int, stop: Decimal) -> None:
        await self.client.set_stop(symbol, position_idx, stop)

    async def halt(self) -> None:
        self.client.pause()
