import numpy as np


def calculate_features(closes: np.ndarray) -> np.ndarray:
    returns = np.diff(np.log(closes))
    return returns[-64:]


def predict(model, closes):
    return model.predict(calculate_features(closes))
