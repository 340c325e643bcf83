"""The revision of the strategy is part of each report."""

import subprocess

import httpx


class Reporter:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def report(self, equity: str) -> int:
        revision = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True)  # expect: D13
        body = {"equity": equity, "revision": revision.strip()}
        reply = await self._client.post("https://reports.example/in", json=body, timeout=5)
        return reply.status_code
