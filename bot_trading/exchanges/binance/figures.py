"""Figures of Binance's rows: candles, instruments, money; text to Decimal, never float.

What cannot be understood raises `MalformedMessage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot_trading.domain.account import Balance
from bot_trading.domain.instrument import Instrument, InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance.config import EXCHANGE
from bot_trading.exchanges.binance.wire import AssetRow, Filter, SymbolRow
from bot_trading.exchanges.figures import above_zero, not_negative, number

__all__ = ["balance_of", "candle_of", "instrument_of"]

ZERO = Decimal(0)


def balance_of(rows: Sequence[AssetRow], coin: str, least_us: int) -> Balance:
    """The money in `coin`, none of it when no row names it; told at `least_us` or later."""
    for row in rows:
        if row.asset == coin:
            return Balance(
                exchange=EXCHANGE,
                coin=coin,
                equity=number(row.margin_balance, "marginBalance"),
                wallet_balance=number(row.wallet_balance, "walletBalance"),
                available=number(row.available_balance, "availableBalance"),
                ts_event_us=max(row.update_time * 1000, least_us),
            )
    return Balance(
        exchange=EXCHANGE,
        coin=coin,
        equity=ZERO,
        wallet_balance=ZERO,
        available=ZERO,
        ts_event_us=least_us,
    )


def instrument_of(row: SymbolRow, leverage_max: int, funding_interval_min: int) -> Instrument:
    """A perpetual's grid and bounds; a filter that is missing makes it malformed."""
    filters = {each.filter_type: each for each in row.filters}
    price = _filter(filters, "PRICE_FILTER", row.symbol)
    lot = _filter(filters, "LOT_SIZE", row.symbol)
    market = _filter(filters, "MARKET_LOT_SIZE", row.symbol)
    notional = _filter(filters, "MIN_NOTIONAL", row.symbol)
    return Instrument(
        instrument_id=InstrumentId(EXCHANGE, row.symbol),
        base_coin=row.base_asset,
        quote_coin=row.quote_asset,
        tick_size=above_zero(price.tick_size, "tickSize"),
        qty_step=above_zero(lot.step_size, "stepSize"),
        min_qty=above_zero(lot.min_qty, "minQty"),
        max_qty=above_zero(lot.max_qty, "maxQty"),
        max_market_qty=above_zero(market.max_qty, "maxQty"),
        min_notional=not_negative(notional.notional, "notional"),
        leverage_max=Decimal(leverage_max),
        funding_interval_min=funding_interval_min,
        is_trading=row.status == "TRADING" and row.contract_type == "PERPETUAL",
    )


def candle_of(
    instrument_id: InstrumentId, interval_s: int, open_ms: int, texts: Sequence[str]
) -> Candle:
    """A candle from open, high, low, close and volume; an impossible one is malformed."""
    opened, high, low, close, volume = (number(text, "a candle's value") for text in texts)
    candle = Candle(
        instrument_id=instrument_id,
        interval_s=interval_s,
        open_us=open_ms * 1000,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )
    problem = candle.problem()
    if problem is not None:
        raise MalformedMessage(f"candle of {instrument_id} at {open_ms}: {problem}")
    return candle


def _filter(filters: dict[str, Filter], kind: str, symbol: str) -> Filter:
    found = filters.get(kind)
    if found is None:
        raise MalformedMessage(f"{symbol[:20]} has no {kind}")
    return found
