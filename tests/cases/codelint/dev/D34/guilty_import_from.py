from asyncio import gather


async def warm_up(feeds):
    _ = await gather(*[feed.load() for feed in feeds], return_exceptions=True)  # expect: D34
    return True
