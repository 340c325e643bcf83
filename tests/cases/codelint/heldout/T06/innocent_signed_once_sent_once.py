"""Signed once, sent once; reads are repeated with a fresh signature by the session."""

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


class Signed:
    def __init__(self, session, signer):
        self.session = session
        self.signer = signer

    async def submit(self, body):
        headers = self.signer.headers(body)
        async with self.session.post(
            "/v5/order/create", json=body, headers=headers, timeout=3
        ) as reply:
            return await reply.json()


def market_data_session():
    session = requests.Session()
    policy = Retry(total=3, backoff_factor=1, allowed_methods=["GET"])
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session
