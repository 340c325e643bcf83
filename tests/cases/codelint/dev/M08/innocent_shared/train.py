from features import build_features


def training_matrix(frame, warm_up: int):
    return build_features(frame).iloc[warm_up:]
