"""State kept in a file by a coroutine."""

import pathlib
from dataclasses import dataclass


@dataclass
class State:
    file: pathlib.Path

    async def load(self) -> str:
        return self.file.read_text()  # expect: D12

    async def save(self, text: str) -> None:
        draft = self.file.with_suffix(".new")
        draft.write_text(text)  # expect: D12@save
        draft.replace(self.file)  # expect: D12@save


async def lines(folder: str) -> int:
    total = 0
    for path in sorted(pathlib.Path(folder).glob("*.csv")):  # expect: D12@lines
        total += path.read_bytes().count(b"\n")  # expect: D12@lines
    return total
