"""Columns named by classes_, or in the order that 0 = down gives."""


class SignalModel:
    def __init__(self, classifier):
        self.classifier = classifier

    def by_name(self, matrix):
        proba = self.classifier.predict_proba(matrix)[0]
        named = dict(zip(self.classifier.classes_, proba, strict=True))
        return named[1]

    def up(self, matrix):
        return self.classifier.predict_proba(matrix)[:, 1]

    def both(self, matrix):
        prob_down, prob_up = self.classifier.predict_proba(matrix)[0]
        return prob_up - prob_down
