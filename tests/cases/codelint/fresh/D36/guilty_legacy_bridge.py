"""Old helpers that drive the loop from inside it."""

import asyncio


class Legacy:
    def __init__(self, client) -> None:
        self.client = client
        self.loop = asyncio.get_event_loop()

    def margin(self):
        return self.loop.run_until_complete(self.client.margin())  # expect: D36@margin

    async def check(self, floor) -> bool:
        return self.margin() > floor  # expect: D36@margin


async def main(client):
    loop = asyncio.get_running_loop()
    return loop.run_until_complete(client.margin())  # expect: D36
