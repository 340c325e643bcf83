"""The wrong column of predict_proba, in other words."""


class SignalModel:
    UP = 0
    DOWN = 1

    def __init__(self, classifier):
        self.classifier = classifier

    def confidence(self, matrix):
        proba = self.classifier.predict_proba(matrix)
        prob_up = proba[-1, 0]  # expect: M09
        return prob_up

    def named(self, matrix):
        proba = self.classifier.predict_proba(matrix)[0]
        return {"up": proba[0], "down": proba[1]}  # expect: M09

    def by_constant(self, matrix):
        return self.classifier.predict_proba(matrix)[:, self.UP]  # expect: M09
