"""The timeout is set by an adapter that every request of the session goes through."""

import requests
from requests.adapters import HTTPAdapter


class DeadlineAdapter(HTTPAdapter):
    def send(self, request, **options):
        if options.get("timeout") is None:
            options["timeout"] = 5
        return super().send(request, **options)


def session() -> requests.Session:
    made = requests.Session()
    made.mount("https://", DeadlineAdapter())
    return made


def rules(base: str, symbol: str) -> dict:
    with session() as http:
        reply = http.get(f"{base}/v5/market/instruments-info", params={"symbol": symbol})
        return reply.json()
