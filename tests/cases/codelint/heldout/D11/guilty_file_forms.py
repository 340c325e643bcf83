"""Files opened by other doors: io.open, gzip, np.load, logging of raw frames."""

import gzip
import io

import numpy as np


class Tape:
    def __init__(self, name):
        self.name = name

    async def lines(self):
        with gzip.open(self.name, "rt") as handle:  # expect: D11
            return handle.readlines()

    async def note(self, text):
        with io.open(self.name + ".note", "a") as handle:  # expect: D11
            handle.write(text)


async def load_matrix(name):
    with open(name, "rb") as handle:  # expect: D11
        return np.frombuffer(handle.read())
