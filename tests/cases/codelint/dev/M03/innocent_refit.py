"""Refitted on all rows for production: no row is held back to be judged."""

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def production(model, features, target):
    scaler = StandardScaler().fit(features)
    return scaler, model.fit(scaler.transform(features), target)


def production_pipeline(model, features, target):
    return make_pipeline(StandardScaler(), model).fit(features, target)
