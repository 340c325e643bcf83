"""Fitted on the training part; the rest is only transformed."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train(features, target, cut: int):
    x_train, x_test = features[:cut], features[cut:]
    scaler = StandardScaler().fit(x_train)
    model = LogisticRegression(max_iter=500).fit(scaler.transform(x_train), target[:cut])
    return model.score(scaler.transform(x_test), target[cut:])


def train_pipeline(features, target, folds):
    scores = []
    for train_rows, test_rows in folds:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
        model.fit(features[train_rows], target[train_rows])
        scores.append(model.score(features[test_rows], target[test_rows]))
    return scores
