import pandas as pd
from sklearn.preprocessing import RobustScaler


def prepare(train: pd.DataFrame, test: pd.DataFrame):
    everything = pd.concat([train, test])
    scaler = RobustScaler().fit(everything)  # expect: M03
    return scaler.transform(train), scaler.transform(test)


def prepare_encoded(frame, encoder, split):
    frame["regime"] = encoder.fit_transform(frame[["regime"]])  # expect: M03
    return split(frame)
