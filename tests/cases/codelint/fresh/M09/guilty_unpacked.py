"""predict_proba's columns are sorted by class: 0 is down, 1 is up."""


class Direction:
    def __init__(self, model) -> None:
        self.model = model

    def long_probability(self, row):
        up, down = self.model.predict_proba(row)[0]  # expect: M09
        return up if up > down else 0

    def p_long(self, row):
        return self.model.predict_proba(row)[0, 0]  # expect: M09
