import os


class Snapshot:
    def __init__(self, name):
        self.name = name

    async def rotate(self):
        if os.path.islink(self.name) or os.path.getsize(self.name) == 0:  # expect: D44
            return False
        return os.path.samefile(self.name, self.name + ".1")  # expect: D44
