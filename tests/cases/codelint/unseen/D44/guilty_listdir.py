"""Yesterday's files are sent off and moved away."""

import os

import httpx


async def ship(client: httpx.AsyncClient, folder: str) -> int:
    names = sorted(os.listdir(folder))  # expect: D44
    for name in names:
        await client.put(f"/archive/{name}", content=name.encode(), timeout=10)
    os.makedirs(f"{folder}/sent", exist_ok=True)  # expect: D44
    return len(names)


def day_of(name: str) -> str:
    return os.path.splitext(name)[0]
