"""Column 0 is the class that sorts first: 0, down."""

import numpy as np


class Predictor:
    def __init__(self, model):
        self.model = model

    def up_probability(self, row: np.ndarray):
        return self.model.predict_proba(row)[:, 0]  # expect: M09

    def signal(self, row: np.ndarray) -> str:
        p_up = self.model.predict_proba(row)[0][0]  # expect: M09
        return "long" if p_up > 0.6 else "flat"
