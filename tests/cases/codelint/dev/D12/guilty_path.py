"""Model registry that touches the disk with pathlib inside coroutines."""

import json
from pathlib import Path


class Registry:
    def __init__(self, folder: Path):
        self.folder = folder

    async def manifest(self, name: str) -> dict:
        text = (self.folder / name / "manifest.json").read_text(encoding="utf-8")  # expect: D12
        return json.loads(text)

    async def mark_bad(self, name: str, reason: str) -> None:
        note = self.folder / name / "BAD"
        note.write_text(reason)  # expect: D12


async def read_token() -> bytes:
    return Path("/run/secrets/token").read_bytes()  # expect: D12
