import asyncio


def wait_for_result(coro):
    return asyncio.get_event_loop().run_until_complete(coro)


async def equity_of(client):
    return await client.equity()


async def compare(client, limit):
    equity = wait_for_result(equity_of(client))  # expect: D36
    return equity > limit
