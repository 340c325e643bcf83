import json

import numpy as np


def row_from_message(message: str) -> np.ndarray:
    features = json.loads(message)
    return np.array(list(features.values()))  # expect: M05


class Serving:
    def __init__(self, booster):
        self.booster = booster

    def predict(self, features: dict):
        return self.booster.predict([list(features.values())])  # expect: M05
