import aiohttp


class BybitRest:
    def __init__(self, base: str, signer):
        self.base = base
        self.signer = signer
        no_limit = aiohttp.ClientTimeout(total=None)
        self.session = aiohttp.ClientSession(timeout=no_limit)  # expect: D33|T10@post

    async def place_order(self, body: dict) -> dict:
        headers = self.signer.headers(body)
        url = self.base + "/v5/order/create"
        async with self.session.post(  # expect: D33|T10@post
            url, json=body, headers=headers
        ) as reply:
            return await reply.json()
