"""Moves the exchange forward in time, one market step after another, in one fixed order.

At a moment: closed candles are told, funding is settled, then each symbol in turn trades, fills
what rests, wakes what waits, and liquidates. Symbols that nobody watches and nobody holds jump.
"""

from exchange_simulator.funding import next_funding_ms, settle_funding
from exchange_simulator.liquidation import check_liquidations
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.matching import match_market
from exchange_simulator.state import Exchange
from exchange_simulator.triggers import run_triggers

__all__ = ["advance", "next_wall_us"]


def advance(exchange: Exchange, wall_us: int) -> None:
    """Tell the wall time and let everything happen that is due by then."""
    exchange.clock.tell(wall_us)
    target_ms = exchange.clock.market_ms
    while (moment_ms := _next_moment_ms(exchange)) is not None and moment_ms <= target_ms:
        _run_moment(exchange, moment_ms)
    exchange.now_ms = max(exchange.now_ms, target_ms)
    for symbol, market in exchange.markets.items():
        if not _active(exchange, symbol):
            market.goto(exchange.now_ms)


def next_wall_us(exchange: Exchange) -> int | None:
    """Return the wall time at which something happens next, or None while all is quiet."""
    moment_ms = _next_moment_ms(exchange)
    return None if moment_ms is None else exchange.clock.wall_us_at(moment_ms * 1000)


def _active(exchange: Exchange, symbol: str) -> bool:
    return bool(
        exchange.watched.get(symbol)
        or exchange.exposed[symbol]
        or exchange.triggers[symbol]
        or len(exchange.books[symbol])
    )


def _due_ms(market: SymbolMarket) -> int | None:
    """Return when the market moves next: its next step, or the close of its last candle."""
    if not market.ended:
        return market.step_time_ms(market.step + 1)
    return None if market.last_close_told else market.tape.end_ms()


def _next_moment_ms(exchange: Exchange) -> int | None:
    nearest: int | None = None
    for symbol, market in exchange.markets.items():
        if not _active(exchange, symbol):
            continue
        due = _due_ms(market)
        if due is not None and (nearest is None or due < nearest):
            nearest = due
    funding = next_funding_ms(exchange)
    if funding is not None and nearest is not None and funding < nearest:
        return funding
    return nearest


def _run_moment(exchange: Exchange, moment_ms: int) -> None:
    exchange.now_ms = moment_ms
    due = [
        market
        for symbol, market in exchange.markets.items()
        if _active(exchange, symbol) and _due_ms(market) == moment_ms
    ]
    for market in due:
        _close_candle(exchange, market, moment_ms)
    settle_funding(exchange, moment_ms)
    for market in due:
        if not market.ended:
            _step(exchange, market)
    exchange.flush()


def _close_candle(exchange: Exchange, market: SymbolMarket, moment_ms: int) -> None:
    if (moment_ms - market.tape.first_ms) % market.tape.interval_ms:
        return
    if market.ended:
        market.last_close_told = True
    if exchange.listener is not None:
        exchange.listener.candle_closed(market, moment_ms)


def _step(exchange: Exchange, market: SymbolMarket) -> None:
    market.goto_step(market.step + 1)
    trade = market.trade()
    match_market(exchange, market, trade)
    run_triggers(exchange, market)
    if exchange.exposed[market.instrument.symbol]:
        check_liquidations(exchange, market)
    if exchange.listener is not None:
        exchange.listener.market_traded(market, trade)
