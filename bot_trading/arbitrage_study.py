r"""How often the difference between two exchanges pays after all costs, by recorded candles.

    python3 scripts/study_arbitrage.py --first FOLDER --second FOLDER \
        --first-funding FOLDER --second-funding FOLDER --symbols BTCUSDT,ETHUSDT

Candles hold no book: both exchanges are taken at their last price, half an assumed spread away, so
what the table says is at best what could have been earned. `--basis-bps` adds a seeded difference
that wanders back to zero, which shows what the same rule does where a difference exists.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from bot_trading.arbitrage.book import Book
from bot_trading.arbitrage.costs import FundingTerms
from bot_trading.arbitrage.edge import (
    Edge,
    Quoted,
    Thresholds,
    best_entry,
    exit_difference,
    wants_exit,
)
from bot_trading.arbitrage.pair import Pair, PairRefused, PairSide, make_pair
from bot_trading.domain.instrument import Instrument, InstrumentId
from bot_trading.errors import BotTradingError, ConfigError
from bot_trading.ml.candles import CandleSeries, Funding, read_folder, read_funding, resample

__all__ = ["Moment", "Study", "main", "study_moments"]

_BPS = Decimal(10_000)
_FUNDING_US = 8 * 3_600_000_000
_DEEP = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Both last prices at the close of one candle, and both next funding rates."""

    ts_us: int
    first_px: Decimal
    second_px: Decimal
    first_funding: FundingTerms
    second_funding: FundingTerms


@dataclass(slots=True)
class Study:
    """What a table's row says; differences and results in 1/10,000 of the price."""

    moments: int = 0
    differences: list[Decimal] = field(default_factory=list)
    paying: int = 0
    trades: list[Decimal] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the table."""
        ordered = sorted(self.differences)
        middle, high = ordered[len(ordered) // 2], ordered[(len(ordered) - 1) * 999 // 1000]
        result = sum(self.trades, Decimal(0))
        mean = f"{result / len(self.trades):.2f}" if self.trades else "–"
        return (
            f"| {name} | {self.moments:,} | {middle:.2f} | {high:.2f} | {ordered[-1]:.2f} | "
            f"{self.paying} | {len(self.trades)} | {mean} | {result:.1f} |"
        )


@dataclass(slots=True)
class _Held:
    """The entry that is followed, and what funding brought so far."""

    edge: Edge
    since_us: int
    funding: Decimal = Decimal(0)


def study_moments(
    moments: Sequence[Moment],
    sides: tuple[PairSide, PairSide],
    thresholds: Thresholds,
    half_spread: Decimal,
    round_trip_us: int,
) -> Study:
    """Follow the rule over the moments, oldest first; one entry at a time, of one unit of step.

    Raises `ConfigError` where the sides are no pair.
    """
    pair = make_pair(*sides)
    if isinstance(pair, PairRefused):
        raise ConfigError(pair.why)
    study, held = Study(), None
    for moment in moments:
        first, second = _quoted(moment, sides, half_spread, round_trip_us)
        study.moments += 1
        study.differences.append(abs(moment.second_px / moment.first_px - 1) * _BPS)
        now_us, least = moment.ts_us, pair.min_qty
        entry = best_entry(pair, first, second, least, thresholds, now_us, now_us)
        if isinstance(entry, Edge):
            study.paying += 1
        if held is None:
            held = _Held(edge=entry, since_us=moment.ts_us) if isinstance(entry, Edge) else None
            continue
        result = _follow(held, moment, first, second, pair, thresholds)
        if result is not None:
            study.trades.append(result * _BPS)
            held = None
    return study


def _follow(
    held: _Held,
    moment: Moment,
    first: Quoted,
    second: Quoted,
    pair: Pair,
    thresholds: Thresholds,
) -> Decimal | None:
    """The result of the entry as a part of its price once it is left, None while it is kept."""
    long, short = (first, second) if held.edge.buy == first.side else (second, first)
    held.funding += _settled(short, moment.ts_us) - _settled(long, moment.ts_us)
    difference = exit_difference(long, short, pair.min_qty)
    if (
        difference is None
        or wants_exit(difference, moment.ts_us - held.since_us, thresholds) is None
    ):
        return None
    return held.edge.difference - difference - held.edge.fees + held.funding


def _settled(quoted: Quoted, ts_us: int) -> Decimal:
    """The rate that settles at this instant, 0 at any other."""
    funding = quoted.funding
    return funding.rate if funding is not None and funding.ts_next_us == ts_us else Decimal(0)


def _quoted(
    moment: Moment, sides: tuple[PairSide, PairSide], half_spread: Decimal, round_trip_us: int
) -> tuple[Quoted, Quoted]:
    """Both sides as a trader would have seen them, in books without end."""
    told = ((moment.first_px, moment.first_funding), (moment.second_px, moment.second_funding))
    first, second = (
        Quoted(
            side=side,
            not_ready="",
            book=Book(
                instrument_id=side.instrument.instrument_id,
                bids=((price * (1 - half_spread), _DEEP),),
                asks=((price * (1 + half_spread), _DEEP),),
                ts_event_us=moment.ts_us,
                ts_init_us=moment.ts_us,
            ),
            funding=funding,
            round_trip_us=round_trip_us,
        )
        for side, (price, funding) in zip(sides, told, strict=True)
    )
    return first, second


def main(
    first: Annotated[Path, typer.Option(help="Folder of candles of the first exchange.")],
    second: Annotated[Path, typer.Option(help="Folder of candles of the second exchange.")],
    first_funding: Annotated[Path, typer.Option(help="Its funding rates.")],
    second_funding: Annotated[Path, typer.Option(help="Those of the second.")],
    symbols: Annotated[str, typer.Option(help="With commas between them.")] = "BTCUSDT,ETHUSDT",
    interval_s: Annotated[int, typer.Option(min=60, help="Candles are made this long.")] = 900,
    first_fee_bps: Annotated[float, typer.Option(min=0, max=100)] = 5.5,
    second_fee_bps: Annotated[float, typer.Option(min=0, max=100)] = 5.0,
    spread_bps: Annotated[float, typer.Option(min=0.001, max=100, help="Of each book.")] = 0.2,
    entry_bps: Annotated[float, typer.Option(help="What an entry has to promise.")] = 1.0,
    exit_bps: Annotated[float, typer.Option(help="The difference at which it is left.")] = 0.0,
    horizon_h: Annotated[int, typer.Option(min=1, max=720)] = 8,
    round_trip_ms: Annotated[int, typer.Option(min=0, max=10_000)] = 100,
    move_bps: Annotated[float, typer.Option(min=0, help="Of the difference in a second.")] = 1.0,
    basis_bps: Annotated[float, typer.Option(min=0, help="A seeded difference.")] = 0.0,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Print the table: how often the difference pays, and what following it brought."""
    try:
        thresholds = Thresholds(
            entry_net_min_bps=_exact(entry_bps),
            exit_bps=_exact(exit_bps),
            horizon_us=horizon_h * 3_600_000_000,
            book_age_max_us=1_000_000,
            move_bps_per_root_s=_exact(move_bps),
        )
        names = [each.strip() for each in symbols.split(",")]
        lines = [_HEAD]
        for name in names:
            moments = _moments(
                name, (first, second), (first_funding, second_funding), interval_s * 1_000_000
            )
            moments = _with_basis(moments, _exact(basis_bps) / _BPS, seed)
            sides = (
                _side("first", name, _exact(first_fee_bps) / _BPS),
                _side("second", name, _exact(second_fee_bps) / _BPS),
            )
            half = _exact(spread_bps) / 2 / _BPS
            study = study_moments(moments, sides, thresholds, half, round_trip_ms * 1_000)
            lines.append(study.row(name))
    except (BotTradingError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error
    sys.stdout.write("\n".join(lines) + "\n")


_HEAD = (
    "| symbol | candles in both | difference p50 bps | p99.9 | max | pays | entries | mean net bps "
    "| sum bps |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def _moments(
    symbol: str, candles: tuple[Path, Path], fundings: tuple[Path, Path], interval_us: int
) -> list[Moment]:
    """The closes that both exchanges have; raises `CandlesRefused`, or `ConfigError` where they
    have none in common."""
    one, other = (
        resample(read_folder(folder, [symbol])[symbol], interval_us // 1_000_000)
        for folder in candles
    )
    first, second = _closes(one), _closes(other)
    rates = [_rates(read_funding(folder, [symbol]).get(symbol)) for folder in fundings]
    moments = [
        Moment(
            ts_us=ts_us,
            first_px=first[ts_us],
            second_px=second[ts_us],
            first_funding=_terms(rates[0], ts_us),
            second_funding=_terms(rates[1], ts_us),
        )
        for ts_us in sorted(first.keys() & second.keys())
    ]
    if not moments:
        raise ConfigError(f"{symbol}: no candle is in both folders: give folders that overlap")
    return moments


def _closes(series: CandleSeries) -> dict[int, Decimal]:
    closes = zip(series.ts_open_us.tolist(), series.close.tolist(), strict=True)
    return {ts_us + series.interval_us: Decimal(str(close)) for ts_us, close in closes}


def _rates(funding: Funding | None) -> tuple[list[int], list[Decimal]]:
    """Instants and rates of settlements, both empty without a record."""
    if funding is None:
        return [], []
    return funding.ts_us.tolist(), [Decimal(str(rate)) for rate in funding.rate.tolist()]


def _terms(rates: tuple[list[int], list[Decimal]], ts_us: int) -> FundingTerms:
    """The settlement at or after the instant; without a record of it nothing is expected.

    A rate is known in advance only as an estimate: what was settled stands for it here.
    """
    times, values = rates
    index = bisect_left(times, ts_us)
    is_known = index < len(times)
    return FundingTerms(
        rate=values[index] if is_known else Decimal(0),
        ts_next_us=times[index] if is_known else ts_us + _FUNDING_US,
        interval_us=_FUNDING_US,
    )


def _with_basis(moments: list[Moment], basis: Decimal, seed: int) -> list[Moment]:
    """The second price moved by a seeded difference that falls by a tenth each candle and is
    pushed by up to `basis`."""
    if basis == 0:
        return moments
    chance, level, moved = Random(seed), Decimal(0), []  # noqa: S311 - chance of a simulation
    for moment in moments:
        level = level * 9 / 10 + basis * chance.randint(-1000, 1000) / 1000
        moved.append(replace(moment, second_px=moment.second_px * (1 + level)))
    return moved


def _side(exchange: str, symbol: str, fee_ratio: Decimal) -> PairSide:
    """A side whose steps are those of a unit: the table speaks of parts, not of amounts."""
    unit = Decimal(1)
    instrument = Instrument(
        instrument_id=InstrumentId(exchange, symbol),
        base_coin=symbol.removesuffix("USDT"),
        quote_coin="USDT",
        tick_size=Decimal("0.01"),
        qty_step=unit,
        min_qty=unit,
        max_qty=_DEEP,
        max_market_qty=_DEEP,
        min_notional=unit,
        leverage_max=unit,
        funding_interval_min=480,
        is_trading=True,
    )
    return PairSide(instrument=instrument, account=exchange, taker_fee_ratio=fee_ratio)


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
