from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GridSearchCV


class Tuner:
    def __init__(self) -> None:
        self.search = GridSearchCV(GradientBoostingClassifier(), {"max_depth": [2, 3]}, cv=3)

    async def tune(self, features, target) -> dict:
        self.search.fit(features, target)  # expect: D16
        return self.search.best_params_

    async def label(self, features):
        best = self.search.best_estimator_
        return best.predict(features)  # expect: D16
