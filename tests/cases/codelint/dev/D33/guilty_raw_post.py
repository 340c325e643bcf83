import aiohttp


class BybitRest:
    def __init__(self, base: str, signer):
        self.base = base
        self.signer = signer
        self.session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def place_order(self, body: dict) -> dict:
        headers = self.signer.headers(body)
        url = self.base + "/v5/order/create"
        async with self.session.post(url, json=body, headers=headers) as reply:  # expect: D33|T10
            return await reply.json()
