"""Pure properties of paths, and reading through a thread with partial."""

import asyncio
import functools
from pathlib import Path


class Artifacts:
    def __init__(self, root: Path):
        self.root = root.resolve()

    async def publish(self, name, blob):
        target = self.root.joinpath("models", name).with_suffix(".txt")
        write = functools.partial(target.write_bytes, blob)
        await asyncio.to_thread(write)
        return target.relative_to(self.root).as_posix()

    async def label(self, path: Path):
        return f"{path.parent.name}/{path.stem}"
