import io
from pickle import Unpickler

import torch


def from_cache(blob: bytes):
    return Unpickler(io.BytesIO(blob)).load()  # expect: M07


def jit_or_pickle(path, use_jit):
    if use_jit:
        return torch.jit.load(path)
    return torch.load(path, map_location="cpu", weights_only=False)  # expect: M07
