LOOK = -2


def add_features(frame):
    frame["slope"] = frame["close"].diff(-1)  # expect: M01
    frame["lead_vwap"] = frame.groupby("symbol")["vwap"].shift(LOOK)  # expect: M01
    return frame
