"""Candle recorder that writes files from the loop."""

import csv
import json


class CandleRecorder:
    def __init__(self, folder: str):
        self.folder = folder

    async def on_candle(self, symbol: str, row: list[str]) -> None:
        with open(f"{self.folder}/{symbol}.csv", "a", newline="") as handle:  # expect: D11
            csv.writer(handle).writerow(row)


async def load_state(path: str) -> dict:
    handle = open(path, encoding="utf-8")  # expect: D11
    try:
        return json.load(handle)
    finally:
        handle.close()
