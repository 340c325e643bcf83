"""Hot reload of models inside the event loop, by three deserialisers."""

import pickle as pk

import cloudpickle
import joblib


class HotModel:
    def __init__(self, path):
        self.path = path
        self.model = None

    async def on_file_changed(self, blob):
        self.model = cloudpickle.loads(blob)  # expect: D15

    async def reload(self, handle):
        self.model = pk.load(handle)  # expect: D15

    async def reload_scaler(self):
        loaded = joblib.load(self.path)  # expect: D15
        return loaded["scaler"]
