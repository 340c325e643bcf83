"""Order router; the risk answer is assigned but never awaited."""

import logging

log = logging.getLogger("router")


class RiskGate:
    async def check(self, intent):
        return intent.quantity <= intent.limit


async def fetch_position(client, symbol):
    return await client.get_positions(symbol)


class Router:
    def __init__(self, client):
        self.client = client
        self.risk = RiskGate()

    async def route(self, intent):
        verdict = self.risk.check(intent)  # expect: D02
        log.info("risk was asked for %s", intent.symbol)
        return intent

    async def refresh(self, symbol):
        position = fetch_position(self.client, symbol)  # expect: D02
        log.debug("refreshing %s", symbol)
