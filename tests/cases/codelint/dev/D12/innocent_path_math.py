"""Path arithmetic never touches the disk; reads happen in a thread."""

import asyncio
from pathlib import Path, PurePosixPath


class Registry:
    def __init__(self, folder: Path):
        self.folder = folder

    async def manifest(self, name: str) -> str:
        target = self.folder / name / "manifest.json"
        return await asyncio.to_thread(target.read_text, encoding="utf-8")

    async def key_of(self, url: str) -> str:
        path = PurePosixPath(url)
        await asyncio.sleep(0)
        return path.with_suffix("").name


def load_at_start(folder: Path) -> str:
    return (folder / "manifest.json").read_text(encoding="utf-8")
