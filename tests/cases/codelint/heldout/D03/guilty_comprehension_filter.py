async def is_tradable(rules, symbol) -> bool:
    rule = await rules.of(symbol)
    return rule.status == "Trading"


async def universe(rules, symbols):
    return [symbol for symbol in symbols if is_tradable(rules, symbol)]  # expect: D03
