"""Rules about prices and sizes that hold for new orders, changed ones and protective ones."""

from decimal import Decimal

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import Instrument, floor_to
from exchange_simulator.model import Leg, Side, TriggerBy
from exchange_simulator.state import Exchange

__all__ = [
    "check_band",
    "check_risk_limit",
    "check_stop_side",
    "check_trigger",
    "on_tick",
    "price_by",
]


def on_tick(instrument: Instrument, price: Decimal) -> Decimal:
    """Return a price floored to the tick.

    Raises:
        Refusal: the instrument has no such price.
    """
    floored = floor_to(price, instrument.tick_size)
    if not instrument.min_price <= floored <= instrument.max_price:
        raise Refusal(Reason.PRICE_OUT_OF_RANGE)
    return floored


def price_by(exchange: Exchange, symbol: str, by: TriggerBy) -> Decimal:
    """Return the price that a trigger looks at."""
    market = exchange.market(symbol)
    if by is TriggerBy.MARK:
        return market.mark
    return market.index if by is TriggerBy.INDEX else market.last


def check_stop_side(
    side: Side, base: Decimal, take_profit: Decimal | None, stop_loss: Decimal | None, by: TriggerBy
) -> None:
    """Refuse a stop on the wrong side: long needs stop < base < take profit, short the reverse.

    The text is the real one; prices inside it are scaled by 10^4.
    """
    name, source = side.value, by.value
    for kind, price, above in (
        ("tp", take_profit, side is Side.BUY),
        ("sl", stop_loss, side is Side.SELL),
    ):
        if not price:
            continue
        if (price <= base) if above else (price >= base):
            word = "greater" if above else "lower"
            raise Refusal(
                Reason.STOP_SIDE,
                f"{kind}:{int(price * 10000)} set for {name} position should {word}"
                f" base_price:{int(base * 10000)}??{source}",
            )


def check_band(exchange: Exchange, symbol: str, side: Side, price: Decimal) -> None:
    """Refuse a limit order that is priced far through the market."""
    mark = exchange.market(symbol).mark
    band = exchange.rules.limit_band_ratio
    beyond = price > mark * (1 + band) if side is Side.BUY else price < mark * (1 - band)
    if beyond:
        raise Refusal(Reason.PRICE_OUT_OF_RANGE)


def check_risk_limit(instrument: Instrument, leg: Leg, more: Decimal, price: Decimal) -> None:
    """Refuse to open so much that the leg's leverage, or any, is above its tier."""
    value = (leg.qty + more) * price
    tier = instrument.tier_for(value)
    if value > tier.limit_value or tier.max_leverage < leg.leverage:
        raise Refusal(Reason.RISK_LIMIT_EXCEEDED)


def check_trigger(
    exchange: Exchange, symbol: str, trigger: Decimal, by: TriggerBy, *, rises: bool
) -> None:
    """Refuse a trigger that lies on the wrong side of the price it watches.

    The text is the real one; prices inside it are scaled by 10^4.
    """
    current = price_by(exchange, symbol, by)
    wanted, seen = f"trigger_price[{int(trigger * 10000)}]", f"current[{int(current * 10000)}]"
    if rises and trigger <= current:
        raise Refusal(
            Reason.TRIGGER_NOT_ABOVE, f"expect Rising, but {wanted} <= {seen}??{by.value}"
        )
    if not rises and trigger >= current:
        raise Refusal(
            Reason.TRIGGER_NOT_BELOW, f"expect Falling, but {wanted} >= {seen}??{by.value}"
        )
