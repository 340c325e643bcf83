def direction(model, row):
    probabilities = model.predict_proba(row)[0]
    long_p, short_p = probabilities[0], probabilities[1]  # expect: M09
    return "long" if long_p > short_p else "short"


LABELS = {"down": 0, "up": 1}


def name_of(model, row) -> str:
    best = int(model.predict_proba(row)[0].argmax())
    return ["up", "down"][best]  # expect: M09
