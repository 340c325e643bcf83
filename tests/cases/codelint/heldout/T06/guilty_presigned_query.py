"""Signed outside the retry, and a retry policy of the session around a POST."""

import asyncio
import hashlib
import hmac
import time

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


class Binance:
    def __init__(self, session, secret):
        self.session = session
        self.secret = secret

    async def submit(self, params, attempts=4):
        params["timestamp"] = int(time.time() * 1000)  # expect: T06@sign
        query = "&".join(f"{key}={value}" for key, value in params.items())
        digest = hmac.new(self.secret, query.encode(), hashlib.sha256).hexdigest()  # expect: T06@sign
        url = f"/fapi/v1/order?{query}&signature={digest}"
        while attempts > 0:
            async with self.session.post(url, timeout=3) as reply:  # expect: T06@sign
                if reply.status < 500:
                    return await reply.json()
            attempts -= 1
            await asyncio.sleep(1)
        raise ConnectionError(f"{params['newClientOrderId']}: no answer")


def order_session():
    session = requests.Session()
    policy = Retry(total=3, backoff_factor=1, allowed_methods=["POST"])  # expect: T06@policy
    session.mount("https://", HTTPAdapter(max_retries=policy))  # expect: T06@policy
    return session
