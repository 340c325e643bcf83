import asyncio
from pathlib import Path


class Archive:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def _rotate(self, name: str, text: str) -> None:
        self._write(f"{name}.1", text)

    def save(self, name: str, text: str) -> None:
        self._rotate(name, text)

    async def save_later(self, name: str, text: str) -> None:
        await asyncio.to_thread(self.save, name, text)
        await asyncio.to_thread(lambda: self._rotate(name, text))
