"""Each function takes the locks by the alphabet, or one at a time."""

import asyncio

feeds = asyncio.Lock()
legs = asyncio.Lock()
stops = asyncio.Lock()


async def all_of_them(state):
    async with feeds, legs, stops:
        state.clear()


async def outer(state):
    async with feeds:
        state["feeds"] = 1
        await inner(state)


async def inner(state):
    async with legs:
        state["legs"] = 1


async def one_by_one(state):
    async with stops:
        state["stops"] = 1
    async with legs:
        state["legs"] = 2
    async with feeds:
        state["feeds"] = 2
