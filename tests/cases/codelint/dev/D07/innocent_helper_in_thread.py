"""The blocking helper exists, but coroutines only hand it to threads."""

import asyncio

import requests


def fetch_wallet(url: str) -> dict:
    return requests.get(url, timeout=5).json()


def pick_equity(wallet: dict) -> str:
    return wallet["result"]["list"][0]["totalEquity"]


class Account:
    def __init__(self, url: str):
        self.url = url

    async def refresh(self) -> str:
        wallet = await asyncio.to_thread(fetch_wallet, self.url)
        return pick_equity(wallet)


def main(url: str) -> None:
    """Command line: no loop runs here, so blocking is fine."""
    print(pick_equity(fetch_wallet(url)))
