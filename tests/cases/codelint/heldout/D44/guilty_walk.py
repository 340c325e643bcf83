"""os calls in coroutines, by other names."""

import os as _os
from os.path import exists as path_exists
from os.path import getmtime


class Archive:
    def __init__(self, folder):
        self.folder = folder

    async def newest(self):
        if not path_exists(self.folder):  # expect: D44
            return None
        return max(_os.scandir(self.folder), key=lambda entry: entry.name)  # expect: D44

    async def is_older(self, name, limit_s, now_s):
        return now_s - getmtime(name) > limit_s  # expect: D44


async def is_folder(name):
    return _os.path.isdir(name)  # expect: D44
