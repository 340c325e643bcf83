from xgboost import XGBClassifier


def make_model() -> XGBClassifier:
    return XGBClassifier(n_estimators=400)


class Service:
    def __init__(self):
        self.classifier = make_model()
        self.hits = 0

    async def probability(self, matrix):
        self.hits += 1
        return self.classifier.predict_proba(matrix)  # expect: D16

    async def update(self, matrix, target):
        self.classifier.fit(matrix, target)  # expect: D16
