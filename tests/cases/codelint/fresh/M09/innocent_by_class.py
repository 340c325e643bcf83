"""The column of a class is looked up."""


class Direction:
    def __init__(self, model) -> None:
        self.model = model

    def probabilities(self, row) -> dict:
        values = self.model.predict_proba(row)[0]
        return dict(zip(self.model.classes_, values, strict=True))

    def p_up(self, row):
        return self.probabilities(row)[1]
