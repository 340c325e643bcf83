def is_buy(side):
    return str(side).upper() in ("BUY", "BID", "B")


def leg_index(side):  # expect: T02@helper
    if is_buy(side):
        return 1  # expect: T02@helper
    return 2  # expect: T02@helper
