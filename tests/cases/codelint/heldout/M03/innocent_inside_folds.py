"""Fitted within each fold, or after validation for the model that goes live."""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TimeSeriesSplit
from sklearn.preprocessing import StandardScaler


def validate(features, target):
    scores = []
    for train, test in TimeSeriesSplit(5, gap=16).split(features):
        scaler = StandardScaler()
        x_train = scaler.fit_transform(features[train])
        model = LogisticRegression(max_iter=500).fit(x_train, target[train])
        scores.append(model.score(scaler.transform(features[test]), target[test]))
    return scores


def final_model(features, target):
    """Trained on everything, after validation: there is no test set left to leak."""
    scaler = StandardScaler().fit(features)
    return scaler, LogisticRegression(max_iter=500).fit(scaler.transform(features), target)
