import asyncio


def wait_for_result(coro):
    return asyncio.get_event_loop().run_until_complete(coro)  # expect: D36@bridge


async def equity_of(client):
    return await client.equity()


async def compare(client, limit):
    equity = wait_for_result(equity_of(client))  # expect: D36@bridge
    return equity > limit
