def decide(model, row, threshold):
    p_long, p_short = model.predict_proba(row)[0]  # expect: M09
    if p_long > threshold:
        return "LONG"
    return "SHORT" if p_short > threshold else None


def buy_score(model, row):
    return model.predict_proba(row)[0, 0]  # expect: M09
