"""`open` that is a method or a price, not the builtin."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    open: Decimal
    close: Decimal


class Channel:
    def __init__(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self.is_open = True


async def start(channel: Channel, candles: list[Candle]) -> Decimal:
    channel.open()
    return sum((candle.close - candle.open for candle in candles), Decimal(0))
