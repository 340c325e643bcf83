"""Disk look-ups in the loop, by os."""

import os
import os.path


class Recorder:
    def __init__(self, folder):
        self.folder = folder

    async def start(self):
        if not os.path.exists(self.folder):  # expect: D44
            os.makedirs(self.folder)  # expect: D44
        return os.path.getsize(self.folder)  # expect: D44


async def recordings(folder):
    return [name for name in os.listdir(folder) if name.endswith(".jsonl")]  # expect: D44
