"""A cycle of three, closed by a helper."""

import asyncio

feeds = asyncio.Lock()
legs = asyncio.Lock()
stops = asyncio.Lock()


async def pause_feeds(state):
    async with feeds:  # expect: D29@ring
        state["feeds"] = False


async def one(state):
    async with feeds, legs:  # expect: D29@ring
        state["legs"] = 1


async def two(state):
    async with legs:
        async with stops:  # expect: D29@ring
            state["stops"] = 1


async def three(state):
    async with stops:
        await pause_feeds(state)  # expect: D29@ring
