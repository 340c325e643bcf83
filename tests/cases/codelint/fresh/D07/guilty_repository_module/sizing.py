from decimal import Decimal

from . import rates
from .rates import Rates, tick_size as tick_of


async def round_down(symbol: str, price: Decimal) -> Decimal:
    tick = Decimal(tick_of(symbol))  # expect: D07
    return price // tick * tick


async def ticks(symbols: list[str]) -> dict[str, str]:
    return {symbol: rates.tick_size(symbol) for symbol in symbols}  # expect: D07


async def in_euro(amount: Decimal) -> Decimal:
    return amount * Decimal(Rates.usd("EUR"))  # expect: D07
