"""Opened at construction, in a worker thread, and `open` of zip archives in memory."""

import asyncio
import io
import zipfile


class Recorder:
    def __init__(self, name):
        self.handle = open(name, "ab", buffering=1 << 20)

    def _write(self, lines):
        self.handle.writelines(lines)
        self.handle.flush()

    async def write(self, lines):
        await asyncio.to_thread(self._write, lines)


async def unpack(blob: bytes) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(blob))
    with archive.open(archive.namelist()[0]) as member:
        return member.read()
