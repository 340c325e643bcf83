"""String functions of os.path, os constants, and disk work in an executor."""

import asyncio
import os
from os.path import basename, dirname


class Archive:
    def __init__(self, folder):
        self.folder = os.path.abspath(folder)

    async def key(self, name):
        return os.path.join(dirname(self.folder), os.path.normpath(basename(name)))

    async def exists(self, name):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, os.path.exists, name)

    async def cores(self):
        return os.cpu_count(), os.getpid(), os.sep


def sweep(folder):
    return [entry.name for entry in os.scandir(folder) if entry.is_file()]
