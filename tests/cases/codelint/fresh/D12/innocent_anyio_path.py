"""anyio's Path has the same methods, asynchronous."""

import anyio


async def load(name: str) -> str:
    return await anyio.Path(name).read_text()


async def save(name: str, text: str) -> None:
    path = anyio.Path(name)
    await path.write_text(text)
