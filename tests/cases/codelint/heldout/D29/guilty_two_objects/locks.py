import asyncio

ORDERS = asyncio.Lock()
POSITIONS = asyncio.Lock()
