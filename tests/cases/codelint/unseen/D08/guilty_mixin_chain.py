"""Instruments are refreshed before each planning turn; four methods lie in between."""

import requests


class RestBase:
    base = "https://api-testnet.bybit.com"

    def _fetch(self, path: str) -> dict:
        return requests.get(self.base + path, timeout=4).json()


class InstrumentSource(RestBase):
    def __init__(self) -> None:
        self.steps: dict[str, str] = {}

    def _load(self) -> list[dict]:
        return self._fetch("/v5/market/instruments-info")["result"]["list"]

    def refresh(self) -> None:
        for row in self._load():
            self.steps[row["symbol"]] = row["lotSizeFilter"]["qtyStep"]


class Planner:
    def __init__(self, source: InstrumentSource) -> None:
        self.source = source

    async def turn(self, symbols: list[str]) -> list[str]:
        self.source.refresh()  # expect: D08
        return [symbol for symbol in symbols if symbol in self.source.steps]
