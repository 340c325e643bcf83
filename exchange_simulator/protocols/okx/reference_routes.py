"""Public reference: risk tiers, index prices, premiums, open interest now and before."""

from decimal import Decimal
from typing import Any

from exchange_simulator.market.candles import open_time_ms
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.okx.context import Call, Route, chosen_symbols
from exchange_simulator.protocols.okx.market_routes import BARS_MS, ticker_row
from exchange_simulator.protocols.okx.wire import (
    ApiError,
    contract_value,
    contracts,
    instrument_name,
    symbol_of,
)

__all__ = ["REFERENCE_ROUTES"]

_INTEREST_MULTIPLE = 310
_CENT = Decimal("0.01")
_MINUTE_MS = 60_000


def _open_interest(call: Call) -> list[Any]:
    rows = []
    for symbol in chosen_symbols(call):
        market = call.exchange.market(symbol)
        held = _held(market)
        rows.append(
            {
                "instId": instrument_name(market.instrument),
                "instType": "SWAP",
                "oi": contracts(market.instrument, held),
                "oiCcy": plain(held),
                "oiUsd": plain((held * market.mark).quantize(_CENT)),
                "ts": str(call.exchange.now_ms),
            }
        )
    return rows


def _tiers(call: Call) -> list[Any]:
    family = call.fields.text("instFamily") or call.fields.text("uly")
    name = call.fields.text("instId") or (f"{family}-SWAP" if family else "")
    if not name:
        raise ApiError("50014", "Parameter instFamily can not be empty.", 400)
    instrument = call.exchange.instrument(symbol_of(call.exchange, name))
    rows, least = [], Decimal(0)
    mark = call.exchange.market(instrument.symbol).mark
    for tier in instrument.tiers:
        most = (tier.limit_value / mark / contract_value(instrument)).to_integral_value()
        rows.append(
            {
                "baseMaxLoan": "",
                "imr": plain(tier.initial_rate),
                "instFamily": f"{instrument.base}-{instrument.quote}",
                "instId": instrument_name(instrument),
                "maxLever": plain(tier.max_leverage),
                "maxSz": plain(most),
                "minSz": plain(least),
                "mmr": plain(tier.maintenance_rate),
                "optMgnFactor": "0",
                "quoteMaxLoan": "",
                "tier": str(tier.number),
                "uly": f"{instrument.base}-{instrument.quote}",
            }
        )
        least = most + 1
    return rows


def _held(market: SymbolMarket) -> Decimal:
    """Return the open interest in base coin; it does not change here."""
    return market.volume(market.tape.volume_typical() * _INTEREST_MULTIPLE)


def _interest_history(call: Call) -> list[Any]:
    """Rows of time, contracts, base coin and USD, newest first."""
    fields, now_ms = call.fields, call.exchange.now_ms
    market = call.exchange.market(symbol_of(call.exchange, fields.required("instId")))
    bar_ms: int = fields.one_of("period", BARS_MS, "5m")
    limit = min(fields.integer("limit", 100, least=1), 100)
    end_ms = open_time_ms(min(fields.integer("end", now_ms), now_ms), bar_ms)
    start_ms = max(fields.integer("begin", 0), end_ms - (limit - 1) * bar_ms)
    held = _held(market)
    texts = [
        contracts(market.instrument, held),
        plain(held),
        plain((held * market.mark).quantize(_CENT)),
    ]
    return [[str(stamp_ms), *texts] for stamp_ms in range(end_ms, start_ms - 1, -bar_ms)]


def _index_tickers(call: Call) -> list[Any]:
    """The index price of each pair, its day's prices moved by the premium."""
    name = call.fields.text("instId")
    symbols = list(call.exchange.markets)
    if name:
        symbols = [symbol_of(call.exchange, f"{name.removesuffix('-SWAP')}-SWAP")]
    rows = []
    for symbol in symbols:
        row, market = ticker_row(call.exchange, symbol), call.exchange.market(symbol)
        kept = ("high24h", "low24h", "open24h", "sodUtc0", "sodUtc8", "ts")
        head = {"instId": instrument_name(market.instrument).removesuffix("-SWAP")}
        rows.append({**head, "idxPx": plain(market.index), **{key: row[key] for key in kept}})
    return rows


def _premiums(call: Call) -> list[Any]:
    """The premium of each of the last minutes, newest first."""
    market = call.exchange.market(symbol_of(call.exchange, call.fields.required("instId")))
    limit = min(call.fields.integer("limit", 100, least=1), 100)
    last_ms = call.exchange.now_ms // _MINUTE_MS * _MINUTE_MS
    return [
        {
            "instId": instrument_name(market.instrument),
            "premium": plain(market.funding_rate(market.next_funding_ms(stamp_ms))),
            "ts": str(stamp_ms),
        }
        for stamp_ms in range(last_ms, last_ms - limit * _MINUTE_MS, -_MINUTE_MS)
    ]


def _converted(call: Call) -> list[Any]:
    """Type 1 turns base coin into contracts, 2 contracts into base coin."""
    fields = call.fields
    instrument = call.exchange.instrument(symbol_of(call.exchange, fields.required("instId")))
    fields.required("sz")
    size = fields.positive("sz") or Decimal(0)
    kind: str = fields.one_of("type", {"1": "1", "2": "2"}, "1")
    value = contract_value(instrument)
    shown = plain(size / value // 1 if kind == "1" else size * value)
    row = {"instId": fields.text("instId"), "px": fields.text("px"), "sz": shown}
    return [{**row, "type": kind, "unit": "coin"}]


def _underlying(call: Call) -> list[Any]:
    call.fields.required("instType")
    markets = call.exchange.markets
    names = [
        instrument_name(markets[symbol].instrument).removesuffix("-SWAP")
        for symbol in chosen_symbols(call)
    ]
    return [names]


REFERENCE_ROUTES = {
    ("GET", "/api/v5/public/open-interest"): Route(handler=_open_interest),
    ("GET", "/api/v5/rubik/stat/contracts/open-interest-history"): Route(
        handler=_interest_history, limit=10
    ),
    ("GET", "/api/v5/public/position-tiers"): Route(handler=_tiers),
    ("GET", "/api/v5/market/index-tickers"): Route(handler=_index_tickers),
    ("GET", "/api/v5/public/premium-history"): Route(handler=_premiums),
    ("GET", "/api/v5/public/convert-contract-coin"): Route(handler=_converted, limit=10),
    ("GET", "/api/v5/public/underlying"): Route(handler=_underlying),
}
