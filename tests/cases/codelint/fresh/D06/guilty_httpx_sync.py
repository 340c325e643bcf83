import httpx


class Funding:
    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=5)

    async def rate(self, symbol: str) -> str:
        reply = self.http.get("/fapi/v1/premiumIndex", params={"symbol": symbol})  # expect: D06
        return reply.json()["lastFundingRate"]

    async def rate_of_okx(self, instrument: str) -> str:
        reply = httpx.get(  # expect: D06
            "https://www.okx.com/api/v5/public/funding-rate",
            params={"instId": instrument},
            timeout=5,
        )
        return reply.json()["data"][0]["fundingRate"]
