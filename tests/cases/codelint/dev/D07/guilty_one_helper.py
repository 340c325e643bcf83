"""Account refresher: the coroutine looks clean, its helper blocks."""

import hashlib
import hmac
import time

import requests


def signed_headers(key: str, secret: bytes, query: str) -> dict[str, str]:
    stamp = str(int(time.time() * 1000))
    digest = hmac.new(secret, (stamp + key + query).encode(), hashlib.sha256).hexdigest()
    return {"X-BAPI-API-KEY": key, "X-BAPI-TIMESTAMP": stamp, "X-BAPI-SIGN": digest}


def fetch_wallet(key: str, secret: bytes) -> dict:
    query = "accountType=UNIFIED"
    url = "https://api.bybit.com/v5/account/wallet-balance?" + query
    return requests.get(url, headers=signed_headers(key, secret, query), timeout=5).json()


class Account:
    def __init__(self, key: str, secret: bytes):
        self.key = key
        self.secret = secret
        self.snapshot: dict = {}

    async def refresh(self) -> dict:
        snapshot = fetch_wallet(self.key, self.secret)  # expect: D07
        self.snapshot = snapshot
        return snapshot
