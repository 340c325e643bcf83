from shared.features import make_features


class Scorer:
    def __init__(self, model) -> None:
        self.model = model

    def score(self, closes, volumes):
        return self.model.predict(make_features(closes, volumes).reshape(1, -1))
