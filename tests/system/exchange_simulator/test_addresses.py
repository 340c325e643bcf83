"""What is announced for each exchange is where its sockets are."""

import asyncio

import aiohttp

from tests.system.exchange_simulator.running import simulator


def test_every_announced_socket_opens() -> None:
    """All three exchanges in one process, each on a port of its own."""

    async def visit(urls: list[str]) -> int:
        async with aiohttp.ClientSession() as session:
            for url in urls:
                async with session.ws_connect(url) as socket:
                    assert not socket.closed
        return len(urls)

    with simulator("--market", "bybit,binance,okx", "--limits", "off") as facts:
        known = [facts[name] for name in ("bybit", "binance", "okx")]
        urls = [url for one in known for name, url in one.items() if name.startswith("ws_")]
        assert asyncio.run(visit(urls)) == 9
        assert len({one["rest_url"] for one in known}) == 3
        assert known[2]["passphrase"]
