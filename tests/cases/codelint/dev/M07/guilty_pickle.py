"""Models run whatever code their file contains."""

import pickle

import joblib


class ModelStore:
    def __init__(self, folder):
        self.folder = folder

    def load(self, name):
        with open(self.folder / f"{name}.pkl", "rb") as handle:
            return pickle.load(handle)  # expect: M07

    def load_scaler(self, name):
        return joblib.load(self.folder / f"{name}.joblib")  # expect: M07
