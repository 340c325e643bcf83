"""One analysis: its work grows with the lines, however they are spread over files."""

import sys
from pathlib import Path
from types import FrameType

import pytest

from readiness.codelint import analyse

# Reads, writes, spawns, sleeps, connects and encloses, so that every kind of rule has work.
PART = """
class Feed{n}:
    def __init__(self):
        self._task = None
        self._lock = asyncio.Lock()
        self._delay_s = 1

    def start(self):
        self._task = asyncio.create_task(self._run())

    async def _run(self):
        while True:
            try:
                async with connect("wss://feed") as socket:
                    async for message in socket:
                        await self._keep(message)
            except OSError:
                self._delay_s = min(60, self._delay_s * 2)
                await asyncio.sleep(self._delay_s)

    async def _keep(self, message):
        async with self._lock:
            await store{n}(self.last, lambda: message)
            self.last = message


async def store{n}(fill, shown):
    self = Feed{n}()
    for item in fill.items():
        await self._keep(item)
"""


def calls_to_analyse(folder: Path) -> int:
    """How many functions an analysis enters: work that no other load on the machine changes."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        assert analyse(folder).findings
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("is_one_file", [True, False])
def test_work_grows_with_the_lines(tmp_path: Path, is_one_file: bool) -> None:
    """Four times the lines cost about four times the calls; a square would cost sixteen times."""
    work = []
    for parts in (40, 160):
        folder = tmp_path / str(parts)
        folder.mkdir()
        texts = ["import asyncio\n" + PART.format(n=number) for number in range(parts)]
        for name, text in {"all": "".join(texts)}.items() if is_one_file else enumerate(texts):
            (folder / f"m{name}.py").write_text(text)
        work.append(calls_to_analyse(folder))
    assert work[1] < 4.6 * work[0]
