"""A pipeline is fitted anew in each fold; a scaler on the training part alone."""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler


def scores(features, target):
    model = make_pipeline(RobustScaler(), LogisticRegression(max_iter=500))
    return cross_val_score(model, features, target, cv=TimeSeriesSplit(5, gap=12))


def prepare(frame, columns):
    cut = int(0.8 * len(frame))
    train, test = frame.iloc[:cut], frame.iloc[cut:]
    scaler = RobustScaler().fit(train[columns])
    return scaler.transform(train[columns]), scaler.transform(test[columns])
