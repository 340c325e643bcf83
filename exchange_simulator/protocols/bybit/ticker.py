"""Rows about symbols: instruments, tickers, risk tiers."""

from decimal import Decimal
from typing import Any

from exchange_simulator.instruments import Instrument, RiskTier
from exchange_simulator.market.day import DayStatistics, day_statistics
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.state import Exchange

__all__ = ["instrument_row", "ticker_row", "tier_row"]

_INTEREST_MULTIPLE = 310


def instrument_row(instrument: Instrument, *, live: bool = True) -> dict[str, Any]:
    """An instrument as instruments-info lists it."""
    decimals = -int(instrument.tick_size.as_tuple().exponent)
    return {
        "symbol": instrument.symbol,
        "symbolId": 5,
        "contractType": "LinearPerpetual",
        "status": "Trading" if live else "Closed",
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "launchTime": str(instrument.launch_ms),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(decimals),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": format(instrument.max_leverage.quantize(Decimal("0.01")), "f"),
            "leverageStep": "0.01",
        },
        "priceFilter": {
            "minPrice": format(instrument.min_price, "f"),
            "maxPrice": format(instrument.max_price, "f"),
            "tickSize": format(instrument.tick_size, "f"),
        },
        "lotSizeFilter": {
            "maxOrderQty": format(instrument.max_qty, "f"),
            "minOrderQty": format(instrument.min_qty, "f"),
            "qtyStep": format(instrument.qty_step, "f"),
            "postOnlyMaxOrderQty": format(instrument.max_qty, "f"),
            "maxMktOrderQty": format(instrument.max_market_qty, "f"),
            "minNotionalValue": plain(instrument.min_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": instrument.funding_interval_min,
        "settleCoin": instrument.quote,
        "copyTrading": "none",
        "upperFundingRate": "0.00375",
        "lowerFundingRate": "-0.00375",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": "0.05", "priceLimitRatioY": "0.1"},
        "symbolType": "",
    }


def tier_row(instrument: Instrument, tier: RiskTier) -> dict[str, Any]:
    """A risk tier."""
    return {
        "id": tier.number,
        "symbol": instrument.symbol,
        "riskLimitValue": plain(tier.limit_value),
        "maintenanceMargin": plain(tier.maintenance_rate),
        "initialMargin": plain(tier.initial_rate),
        "isLowestRisk": 1 if tier.number == 1 else 0,
        "maxLeverage": format(tier.max_leverage, "f"),
        "mmDeduction": plain(tier.deduction) if tier.deduction else "",
    }


def ticker_row(exchange: Exchange, symbol: str, day: DayStatistics | None = None) -> dict[str, str]:
    """A ticker with all its fields; `day` may be given to spare its computation."""
    market = exchange.market(symbol)
    instrument = market.instrument
    price, step = instrument.price_of, instrument.qty_step
    if day is None:
        day = day_statistics(market, exchange.now_ms)
    last = market.last_ticks
    bid = book_levels(exchange, symbol, bids=True, depth=1)
    ask = book_levels(exchange, symbol, bids=False, depth=1)
    next_funding = market.next_funding_ms(exchange.now_ms)
    interest = market.volume(market.tape.volume_typical() * _INTEREST_MULTIPLE)
    mark = market.mark
    change = Decimal(last - day.price_day_ago) / day.price_day_ago
    return {
        "symbol": symbol,
        "lastPrice": format(price(last), "f"),
        "indexPrice": format(market.index, "f"),
        "markPrice": format(mark, "f"),
        "prevPrice24h": format(price(day.price_day_ago), "f"),
        "price24hPcnt": plain(change.quantize(Decimal("0.000001"))),
        "highPrice24h": format(price(max(day.high, last)), "f"),
        "lowPrice24h": format(price(min(day.low, last)), "f"),
        "prevPrice1h": format(price(day.price_hour_ago), "f"),
        "openInterest": plain(interest),
        "openInterestValue": plain((interest * mark).quantize(Decimal("0.01"))),
        "turnover24h": plain(day.turnover),
        "volume24h": plain(market.volume(day.volume)),
        "fundingRate": plain(market.funding_rate(next_funding)),
        "nextFundingTime": str(next_funding),
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "basisRateYear": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
        "ask1Size": format(step * ask[0][1], "f") if ask else "",
        "bid1Price": format(price(bid[0][0]), "f") if bid else "",
        "ask1Price": format(price(ask[0][0]), "f") if ask else "",
        "bid1Size": format(step * bid[0][1], "f") if bid else "",
        "basis": "",
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "",
        "fundingIntervalHour": str(instrument.funding_interval_min // 60),
        "fundingCap": "0.00375",
    }
