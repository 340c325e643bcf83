"""When the difference of a pair pays: the way in and the way out, after every cost.

Buying on one exchange and selling on the other earns what the difference falls by until the way
out. So an entry counts the difference at the depth that it needs, minus the difference at which
it would be left, the taker fees of all four orders, funding to the horizon, and the allowance for
being late. Coins and money are never moved between exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.arbitrage.book import Book
from bot_trading.arbitrage.costs import FundingTerms, expected_funding, fees_ratio, latency_ratio
from bot_trading.arbitrage.pair import Pair, PairSide

__all__ = ["Edge", "NoEntry", "Quoted", "Thresholds", "best_entry", "exit_difference", "wants_exit"]

_BPS = Decimal(10_000)
_PLAUSIBLE_RATIO = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a pair is entered and left; in parts of the price where `_bps` does not say 1/10,000.

    An entry has to promise `entry_net_min_bps` after all costs; it is left when the difference is
    down to `exit_bps`, or after `horizon_us`. Books older than `book_age_max_us` decide nothing.
    """

    entry_net_min_bps: Decimal
    exit_bps: Decimal
    horizon_us: int
    book_age_max_us: int
    move_bps_per_root_s: Decimal

    def __post_init__(self) -> None:
        if self.entry_net_min_bps <= 0:
            raise ValueError("entry_net_min_bps is above zero: an entry has to promise something")
        if self.horizon_us <= 0 or self.book_age_max_us <= 0:
            raise ValueError("horizon and book age are above zero")
        if self.move_bps_per_root_s < 0:
            raise ValueError("move_bps_per_root_s is not below zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """One side as it is known now; None is what nobody told yet. `not_ready` says why the exchange
    takes no new risk (down, stream stale, mode wrong), empty when it does."""

    side: PairSide
    not_ready: str
    book: Book | None
    funding: FundingTerms | None
    round_trip_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One side of which everything is known."""

    side: PairSide
    book: Book
    funding: FundingTerms
    round_trip_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An entry that pays: where to buy, where to sell, and each part of its account, as parts of
    the notional. `net` = difference - exit difference - fees - funding - latency."""

    buy: PairSide
    sell: PairSide
    quantity: Decimal
    difference: Decimal
    exit_difference: Decimal
    fees: Decimal
    funding: Decimal
    latency: Decimal

    @property
    def net(self) -> Decimal:
        """What is promised after every cost."""
        return self.difference - self.exit_difference - self.costs

    @property
    def costs(self) -> Decimal:
        """Fees, funding and latency."""
        return self.fees + self.funding + self.latency


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEntry:
    """Why a pair is not entered: which control, what it measured, what it wants."""

    control: str
    measured: str
    limit: str


def best_entry(
    pair: Pair,
    first: Quoted,
    second: Quoted,
    quantity: Decimal,
    thresholds: Thresholds,
    now_us: int,
    market_us: int,
) -> Edge | NoEntry:
    """The better direction of the two when it pays, or why neither does.

    `quantity` is in coins, a multiple of the pair's step. `now_us` is our own clock, by which books
    age; `market_us` that of the exchanges, by which funding settles.
    """
    if not pair.min_qty <= quantity <= pair.max_qty or quantity % pair.step != 0:
        limit = f"{pair.min_qty:f} to {pair.max_qty:f} by {pair.step:f}"
        return NoEntry(control="pair_quantity", measured=f"{quantity:f}", limit=limit)
    one, other = _known(first, thresholds, now_us), _known(second, thresholds, now_us)
    if isinstance(one, NoEntry):
        return one
    if isinstance(other, NoEntry):
        return other
    ways = [
        _edge(buy, sell, quantity, thresholds, market_us)
        for buy, sell in ((one, other), (other, one))
    ]
    edges = [way for way in ways if isinstance(way, Edge)]
    if not edges:
        return next(way for way in ways if isinstance(way, NoEntry))
    best = max(edges, key=lambda each: each.net)
    if abs(best.difference) > _PLAUSIBLE_RATIO:
        measured = f"{best.difference * _BPS:.1f} bps"
        return NoEntry(control="plausible_difference", measured=measured, limit="1000 bps")
    if best.net * _BPS < thresholds.entry_net_min_bps:
        measured, limit = f"{best.net * _BPS:.2f} bps", f"{thresholds.entry_net_min_bps:f} bps"
        return NoEntry(control="entry_net_min_bps", measured=measured, limit=limit)
    if best.difference <= best.exit_difference:
        # Funding alone promises the gain: the pair would be left as soon as it is entered.
        measured, limit = f"{best.difference * _BPS:.2f} bps", f"{thresholds.exit_bps:f} bps"
        return NoEntry(control="exit_bps", measured=measured, limit=f"above {limit}")
    return best


def exit_difference(long: Quoted, short: Quoted, quantity: Decimal) -> Decimal | None:
    """What it takes to leave: buying back minus selling, as a part of the price; None where a book
    is missing, broken or too thin."""
    if long.book is None or short.book is None:
        return None
    if long.book.problem() is not None or short.book.problem() is not None:
        return None
    sold = _price(long.side, long.book, quantity, buys=False)
    bought = _price(short.side, short.book, quantity, buys=True)
    if sold is None or bought is None:
        return None
    return (bought - sold) / sold


def wants_exit(difference: Decimal | None, held_us: int, thresholds: Thresholds) -> str | None:
    """Why a pair is left now, or None while it is kept.

    What may be entered is never left at once: leaving crosses both spreads the other way, so its
    difference is above that of the entry, which lies above `exit_bps`.
    """
    if held_us >= thresholds.horizon_us:
        return "the horizon is over"
    if difference is not None and difference * _BPS <= thresholds.exit_bps:
        return f"the difference is down to {difference * _BPS:.2f} bps"
    return None


def _known(quoted: Quoted, thresholds: Thresholds, now_us: int) -> _Known | NoEntry:
    """What is known of this side, or why it cannot be entered now, whatever its prices are."""
    name = str(quoted.side.instrument.instrument_id)
    if quoted.not_ready:
        return NoEntry(control="exchange_ready", measured=quoted.not_ready, limit=f"{name} ready")
    if quoted.book is None:
        return NoEntry(control="book", measured=f"no book of {name}", limit="a book")
    age_us = now_us - quoted.book.ts_init_us
    if not 0 <= age_us <= thresholds.book_age_max_us:
        limit = f"{thresholds.book_age_max_us} us"
        return NoEntry(control="book_age_max", measured=f"{name}: {age_us} us", limit=limit)
    problem = quoted.book.problem()
    if problem is not None:
        return NoEntry(control="book", measured=f"{name}: {problem}", limit="a whole book")
    if quoted.funding is None:
        return NoEntry(control="funding", measured=f"rate of {name} unknown", limit="its terms")
    if quoted.round_trip_us is None:
        return NoEntry(control="round_trip", measured=f"{name} not measured", limit="measured")
    return _Known(
        side=quoted.side,
        book=quoted.book,
        funding=quoted.funding,
        round_trip_us=quoted.round_trip_us,
    )


def _edge(
    buy: _Known, sell: _Known, quantity: Decimal, thresholds: Thresholds, market_us: int
) -> Edge | NoEntry:
    """The account of buying here and selling there."""
    bought = _price(buy.side, buy.book, quantity, buys=True)
    sold = _price(sell.side, sell.book, quantity, buys=False)
    if bought is None or sold is None:
        thin = buy if bought is None else sell
        measured = f"{thin.side.instrument.instrument_id} is thinner"
        return NoEntry(control="depth", measured=measured, limit=f"{quantity:f} coins")
    slower_us = max(buy.round_trip_us, sell.round_trip_us)
    return Edge(
        buy=buy.side,
        sell=sell.side,
        quantity=quantity,
        difference=(sold - bought) / bought,
        exit_difference=thresholds.exit_bps / _BPS,
        fees=fees_ratio(buy.side.taker_fee_ratio, sell.side.taker_fee_ratio),
        funding=expected_funding(buy.funding, sell.funding, market_us, thresholds.horizon_us),
        latency=latency_ratio(slower_us, thresholds.move_bps_per_root_s),
    )


def _price(side: PairSide, book: Book, quantity: Decimal, *, buys: bool) -> Decimal | None:
    """The mean price of one coin for `quantity` coins."""
    coins = side.coins_per_unit
    units = quantity / coins
    taken = book.buying(units) if buys else book.selling(units)
    return None if taken is None else taken / coins
