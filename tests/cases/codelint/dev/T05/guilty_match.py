from bot.domain import OrderStatus, OrderType


def status_of(message: dict) -> OrderStatus:
    match message["orderStatus"]:
        case "New" | "PartiallyFilled":
            return OrderStatus.OPEN
        case "Filled":
            return OrderStatus.FILLED
        case _:  # expect: T05@case
            return OrderStatus.CANCELED  # expect: T05@case


def type_of(raw: str) -> OrderType:
    if raw == "Limit":
        return OrderType.LIMIT
    elif raw == "Stop":
        return OrderType.STOP
    else:
        return OrderType.MARKET  # expect: T05
