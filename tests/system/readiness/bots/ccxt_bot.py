"""A small bot on unmodified ccxt: arguments are the exchange, its URL, key, secret, passphrase.

It opens a short leg, protects it where `careful` is said, and closes it, until ended.
"""

import sys
import time
from typing import Any

import ccxt

SYMBOL = "BTC/USDT:USDT"
LEGS: dict[str, dict[str, Any]] = {
    "bybit": {"positionIdx": 2},
    "binanceusdm": {"positionSide": "SHORT"},
    "okx": {"posSide": "short", "tdMode": "cross"},
}
AMOUNTS = {"bybit": 0.01, "binanceusdm": 0.01, "okx": 1}


def client_of(name: str, url: str, key: str, secret: str, passphrase: str) -> Any:
    """The client with every address replaced."""
    types = {"bybit": ["linear"], "okx": ["swap"], "binanceusdm": ["linear"]}[name]
    options = {"defaultType": "swap", "fetchMarkets": {"types": types}, "fetchCurrencies": False}
    config = {"apiKey": key, "secret": secret, "password": passphrase, "options": options}
    client = getattr(ccxt, name)(config)
    for place, address in client.urls["api"].items():
        if isinstance(address, str):
            path = "/" + address.split("/", 3)[3] if name == "binanceusdm" else ""
            client.urls["api"][place] = url + path
    client.has["fetchCurrencies"] = False
    return client


def main(name: str, url: str, key: str, secret: str, passphrase: str, way: str) -> None:
    """Trade until ended."""
    client = client_of(name, url, key, secret, passphrase)
    client.load_markets()
    leg, amount = LEGS[name], AMOUNTS[name]
    while True:
        more = dict(leg)
        if way == "careful":
            last = client.fetch_ticker(SYMBOL)["last"]
            stop = client.price_to_precision(SYMBOL, last * 1.03)
            attached = {"okx": {"stopLoss": {"triggerPrice": stop}}, "bybit": {"stopLoss": stop}}
            more |= attached.get(name, {})
            if name == "binanceusdm":
                params = {**leg, "stopLossPrice": stop}
                client.create_order(SYMBOL, "market", "buy", amount, None, params)
        client.create_order(SYMBOL, "market", "sell", amount, None, more)
        time.sleep(3)
        reduce = {"reduceOnly": True} if name == "bybit" else {}
        client.create_order(SYMBOL, "market", "buy", amount, None, {**leg, **reduce})
        if way == "careful" and name == "binanceusdm":
            client.cancel_all_orders(SYMBOL)
        time.sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:7])
