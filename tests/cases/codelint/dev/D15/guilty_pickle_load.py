"""Model reload on the fly, deserialised in the loop."""

import joblib


class Models:
    def __init__(self, folder: str):
        self.folder = folder
        self.by_symbol: dict = {}

    async def reload(self, symbol: str) -> None:
        model = joblib.load(f"{self.folder}/{symbol}.joblib")  # expect: D15
        self.by_symbol[symbol] = model

    def symbols(self) -> list[str]:
        return sorted(self.by_symbol)
