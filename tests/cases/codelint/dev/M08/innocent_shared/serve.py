from features import build_features


def last_row(frame):
    return build_features(frame).iloc[-1]
