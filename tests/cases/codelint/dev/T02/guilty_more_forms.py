"""The leg from the side: by bool arithmetic, by a lambda, by a call two functions away."""

leg_for = lambda side: "LONG" if side == "BUY" else "SHORT"  # noqa: E731  # expect: T02@lambda


def side_number(side):
    return ("Buy", "Sell").index(side)


def to_params(order):
    return {
        "symbol": order.symbol,
        "positionIdx": side_number(order.side) + 1,  # expect: T02
        "positionSide": leg_for(order.side),  # expect: T02@lambda
    }


def set_leg(request):
    is_buy = request.side == "Buy"
    request.position_idx = 2 - is_buy  # expect: T02
    return request
