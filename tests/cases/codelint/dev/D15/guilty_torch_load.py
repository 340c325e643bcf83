import pickle

import torch


async def restore(blob: bytes):
    scaler = pickle.loads(blob)  # expect: D15
    return scaler


class Predictor:
    def __init__(self):
        self.net = None

    async def load(self, path):
        state = torch.load(path, map_location="cpu")  # expect: D15
        self.net = state["net"]
