"""Prediction service that computes in the loop."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier


class PredictionService:
    def __init__(self, model: RandomForestClassifier, columns: list[str]):
        self.model = model
        self.columns = columns

    async def predict_symbol(self, frame) -> np.ndarray:
        matrix = frame[self.columns].to_numpy()
        return self.model.predict(matrix)  # expect: D16

    async def retrain(self, features, target) -> None:
        self.model.fit(features, target)  # expect: D16
