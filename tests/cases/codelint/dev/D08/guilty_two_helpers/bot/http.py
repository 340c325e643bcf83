"""The lowest layer: plain requests."""

import requests

TIMEOUT_S = 5


def get_json(path: str) -> dict:
    return requests.get("https://fapi.binance.com" + path, timeout=TIMEOUT_S).json()
