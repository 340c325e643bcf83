"""The column is looked up by the model's own class list."""

import numpy as np


class Predictor:
    def __init__(self, model):
        self.model = model
        self.up_column = list(model.classes_).index(1)

    def up_probability(self, row: np.ndarray):
        return self.model.predict_proba(row)[:, self.up_column]

    def down_probability(self, row: np.ndarray):
        p_down = self.model.predict_proba(row)[:, 0]
        return p_down


def direction(model, row) -> str:
    p_down, p_up = model.predict_proba(row)[0]
    return "long" if p_up > p_down else "short"
