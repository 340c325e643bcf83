"""`get` with a default for things whose absence has a meaning."""


def tags_of(message: dict) -> list[str]:
    return message.get("tags", [])


def fee_currency(message: dict) -> str:
    return message.get("feeCurrency", "USDT")


def retries(config: dict) -> int:
    return config.get("market_data_retries", 3)
