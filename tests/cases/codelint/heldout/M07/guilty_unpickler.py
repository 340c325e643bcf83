import io
from pickle import Unpickler

import torch


def from_cache(blob: bytes):
    return Unpickler(io.BytesIO(blob)).load()  # expect: M07


def network(path):
    return torch.load(path, map_location="cpu", weights_only=False)  # expect: M07
