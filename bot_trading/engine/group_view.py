"""A pair of instruments and a group of legs as the state shows them: books, costs, and what the
orders of each leg may still do. Nothing is remembered here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot_trading.arbitrage.book import Book
from bot_trading.arbitrage.costs import FundingTerms
from bot_trading.arbitrage.edge import Quoted
from bot_trading.arbitrage.group import Side
from bot_trading.arbitrage.pair import Pair, PairRefused, PairSide, make_pair
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Quote
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose
from bot_trading.domain.position import PositionLeg
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import valuation_price

__all__ = ["are_free", "market_us", "net_of", "pair_of", "quoted", "side_of", "sides_of"]

_ZERO = Decimal(0)
_MINUTE_US = 60_000_000


def pair_of(state: EngineState, spec: ArbitrageSpec, symbol: str) -> Pair | PairRefused | None:
    """The pair of a symbol on both exchanges, or why there is none; None before both are known.

    It is made anew only when an exchange told other rules.
    """
    ids = [InstrumentId(exchange, symbol) for exchange in spec.exchanges]
    first, second = (state.instruments.get(each) for each in ids)
    if first is None or second is None:
        return None
    known = state.pairs.get(symbol)
    if known is None or known[0] is not first or known[1] is not second:
        one, other = (
            PairSide(
                instrument=each,
                account=f"{state.config.account} on {each.instrument_id.exchange}",
                taker_fee_ratio=spec.taker_fee_ratio[each.instrument_id.exchange],
            )
            for each in (first, second)
        )
        known = state.pairs[symbol] = (first, second, make_pair(one, other))
    return known[2]


def market_us(state: EngineState, spec: ArbitrageSpec) -> int:
    """The newest instant of either market."""
    return max(state.exchange_health(exchange).market_us for exchange in spec.exchanges)


def net_of(leg: PositionLeg) -> Decimal:
    """What a leg has earned after fees and funding, in all its lives."""
    return leg.realized_pnl - leg.commission + leg.funding


def quoted(state: EngineState, spec: ArbitrageSpec, side: PairSide) -> Quoted:
    """One side as it is known now."""
    quote = state.quotes.get(side.instrument.instrument_id)
    measured = state.round_trips.get(side.exchange)
    high_us = None if measured is None else measured.high_us()
    return Quoted(
        side=side,
        not_ready=state.exchange_health(side.exchange).not_ready,
        book=None if quote is None else _book(quote),
        funding=None if quote is None else _funding(side, quote),
        round_trip_us=spec.round_trip_us if high_us is None else high_us,
    )


def sides_of(
    state: EngineState, spec: ArbitrageSpec, pair: Pair, group: LegGroup
) -> tuple[Side, Side]:
    """How the long leg and the short one stand; `pair` has the long side first."""
    again_us = spec.bounds.close_again_us
    return (
        side_of(state, group.long_leg, pair.first.coins_per_unit, again_us),
        side_of(state, group.short_leg, pair.second.coins_per_unit, again_us),
    )


def are_free(state: EngineState, spec: ArbitrageSpec, symbol: str) -> bool:
    """True while no leg of the symbol holds anything and no order of one can still fill."""
    for exchange in spec.exchanges:
        for idx in (PositionIdx.LONG, PositionIdx.SHORT):
            leg_id = LegId(exchange, symbol, idx)
            report = state.leg_reports.get(leg_id)
            is_told = report is not None and report.quantity != 0
            if is_told or not state.leg(leg_id).is_flat or any(_under_way(state, leg_id)):
                return False
    return True


def side_of(state: EngineState, leg_id: LegId, coins: Decimal, again_us: int) -> Side:
    """How one leg stands, in single coins: `coins` of them are one unit of its quantity."""
    leg, quote = state.leg(leg_id), state.quotes.get(leg_id.instrument_id)
    opening = closing = stale = _ZERO
    is_quiet = True
    for order, left in _under_way(state, leg_id):
        is_quiet = False
        if order.purpose is OrderPurpose.ENTRY:
            opening += left
        elif order.origin is OrderOrigin.BOT:
            closing += left
            stale += left if state.now_us - order.ts_created_us >= again_us else _ZERO
    bid, ask = (None, None) if quote is None else (quote.bid, quote.ask)
    seen = None if quote is None else valuation_price(quote)
    mean = leg.avg_px
    return Side(
        leg_id=leg_id,
        held=leg.quantity * coins,
        opening=opening * coins,
        closing=closing * coins,
        closing_stale=stale * coins,
        entry_px=mean / coins if mean is not None else None,
        bid=bid / coins if bid is not None else None,
        ask=ask / coins if ask is not None else None,
        seen_px=seen / coins if seen is not None else None,
        is_quiet=is_quiet,
        may_close=state.pacing.is_due(("exit", leg_id), state.now_us),
    )


def _under_way(state: EngineState, leg_id: LegId) -> Iterator[tuple[Order, Decimal]]:
    """The orders of a leg that may still change it, with how much of them: what can fill, and
    what filled and is not in the leg yet. A person's orders are theirs."""
    ids = state.live_ids.get(leg_id, set()) | set(state.unsettled)
    for order_id in sorted(ids):
        order = state.order(order_id)
        if order is None or order.leg_id != leg_id or order.origin is OrderOrigin.FOREIGN:
            continue
        unbooked = order.filled_qty - state.booked_qty.get(order_id, _ZERO)
        left = order.leaves_qty + max(unbooked, _ZERO)
        if left > 0:
            yield order, left


def _book(quote: Quote) -> Book | None:
    """The levels that were told, as old as they are; None while the client has no whole book."""
    if quote.ts_depth_us is None:
        return None
    return Book(
        instrument_id=quote.instrument_id,
        bids=quote.bids,
        asks=quote.asks,
        ts_event_us=quote.ts_event_us,
        ts_init_us=quote.ts_depth_us,
    )


def _funding(side: PairSide, quote: Quote) -> FundingTerms | None:
    """The next settlement; None until it was told."""
    interval_us = side.instrument.funding_interval_min * _MINUTE_US
    if quote.funding_rate is None or quote.ts_funding_us is None or interval_us <= 0:
        return None
    return FundingTerms(
        rate=quote.funding_rate, ts_next_us=quote.ts_funding_us, interval_us=interval_us
    )
