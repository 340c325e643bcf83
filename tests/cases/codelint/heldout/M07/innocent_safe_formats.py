"""ONNX, safetensors, arrays without objects, and a `load` of our own."""

import numpy as np
import onnxruntime
from safetensors.torch import load_file


class Loader:
    def session(self, path):
        return onnxruntime.InferenceSession(path)

    def weights(self, path):
        return load_file(path)

    def arrays(self, path):
        return np.load(path, allow_pickle=False)

    def load(self, name):
        return getattr(self, name)


def reload(loader: Loader):
    return loader.load("session")
