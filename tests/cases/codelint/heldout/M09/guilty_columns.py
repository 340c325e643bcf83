"""The wrong column of predict_proba, in other words."""


class SignalModel:
    def __init__(self, classifier):
        self.classifier = classifier

    def confidence(self, matrix):
        proba = self.classifier.predict_proba(matrix)
        prob_up = proba[-1, 0]  # expect: M09
        return prob_up

    def named(self, matrix):
        proba = self.classifier.predict_proba(matrix)[0]
        return {"up": proba[0], "down": proba[1]}  # expect: M09
