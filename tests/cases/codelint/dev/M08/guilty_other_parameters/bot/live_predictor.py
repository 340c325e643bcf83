import numpy as np


class LivePredictor:
    def __init__(self, model):
        self.model = model

    def feature_vector(self, closes, volumes) -> np.ndarray:  # expect: M08@vector
        ema = closes[-20:].mean()
        return np.array([volumes[-1] / volumes[-50:].mean(), closes[-1] / ema])  # expect: M08@vector

    def predict(self, closes, volumes):
        return self.model.predict(self.feature_vector(closes, volumes).reshape(1, -1))
