"""The asynchronous client of the same library, and requests in a management command."""

import argparse

import httpx
import requests


class Funding:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def rate(self, symbol: str) -> str:
        reply = await self.http.get(
            "/fapi/v1/premiumIndex", params={"symbol": symbol}, timeout=5
        )
        return reply.json()["lastFundingRate"]


def main() -> None:
    parser = argparse.ArgumentParser(description="show the exchange's clock")
    parser.add_argument("base")
    base = parser.parse_args().base
    print(requests.get(f"{base}/fapi/v1/time", timeout=5).json()["serverTime"])


if __name__ == "__main__":
    main()
