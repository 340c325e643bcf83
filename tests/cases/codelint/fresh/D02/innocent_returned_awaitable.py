"""A plain function that makes the coroutine; its caller awaits it."""


async def _load(path: str) -> str:
    return path


def loader(path: str):
    job = _load(path)
    return job


class Lazy:
    def __init__(self, path: str) -> None:
        self.job = _load(path)

    async def value(self) -> str:
        return await self.job


async def main() -> str:
    lazy = Lazy("b")
    return await loader("a") + await lazy.value()
