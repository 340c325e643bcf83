"""os.path functions on strings, environment look-ups, and disk work in a thread."""

import asyncio
import os


class Recorder:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder

    async def target(self, symbol):
        name = os.path.join(self.folder, os.path.basename(symbol) + ".jsonl")
        root, extension = os.path.splitext(name)
        return root, extension, os.environ.get("RECORDER_SUFFIX", "")

    async def size(self, name):
        return await asyncio.to_thread(os.path.getsize, name)

    async def names(self):
        return await asyncio.to_thread(os.listdir, self.folder)
