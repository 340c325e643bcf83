"""anyio.Path has the same names and is awaited."""

import anyio


class Notebook:
    def __init__(self, folder: str):
        self.folder = anyio.Path(folder)

    async def read(self, name: str) -> str:
        return await (self.folder / name).read_text()

    async def write(self, name: str, text: str) -> None:
        target = self.folder / name
        await target.write_text(text)
