"""Builds an exchange from what the user asked for: market, clock, accounts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from exchange_simulator.clock import SimulatedClock
from exchange_simulator.errors import BadInput
from exchange_simulator.faults import FaultPlan, check_plan
from exchange_simulator.instruments import Instrument, instrument_of
from exchange_simulator.market.depth import DepthTape
from exchange_simulator.market.depth_files import holds_depth, load_depth
from exchange_simulator.market.generated import GeneratedTape
from exchange_simulator.market.replay import candle_files, holds_trades, load_market
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.tape import Tape
from exchange_simulator.market.trades import POINTS, TradeTape, load_trades
from exchange_simulator.market.wandering import WanderingTape
from exchange_simulator.model import PositionMode
from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.protocols.okx.protocol import Okx
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange
from exchange_simulator.wire_protocol import WireProtocol

__all__ = ["PROTOCOLS", "WorldOptions", "build_world"]

_LANGUAGES: dict[str, Callable[..., WireProtocol]] = {
    "bybit": Bybit,
    "binance": Binance,
    "okx": Okx,
}
PROTOCOLS = tuple(_LANGUAGES)
_DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT")
_GENERATED_START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z, a Monday.
_HISTORY_DAYS = 9  # 200 candles of one hour, and some.
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldOptions:
    """Everything that makes one run differ from another.

    `points` is how many trades are made of each base candle, and `history_days` how long a
    generated market is there already; `basis_bps` shifts an exchange's prices by name, so that
    several exchanges differ, and `basis_wander_bps` is the standard deviation by which that basis
    wanders and comes back. `fee_coins` is how many BNB an account on Binance has, which pay its
    fees while they last once the client has asked for that.
    """

    markets: tuple[str, ...] = ("bybit",)
    replay: tuple[Path, ...] = ()
    symbols: tuple[str, ...] = ()
    seed: int = 1
    speed: Fraction = Fraction(1)
    mode: PositionMode = PositionMode.HEDGE
    balance: Decimal = Decimal(100_000)
    fee_coins: Decimal = Decimal(0)
    api_key: str = "SIMULATORKEY000001"
    api_secret: str = "simulatorsecret0000000000000000000001"  # noqa: S105
    more_accounts: int = 0
    limits_on: bool = True
    warmup_candles: int = 200
    interval_min: int = 1
    points: int = 60
    history_days: int = _HISTORY_DAYS
    start_ms: int | None = None
    basis_bps: dict[str, Decimal] = field(default_factory=dict)
    basis_wander_bps: dict[str, Decimal] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    faults: FaultPlan | None = None


def build_world(options: WorldOptions, wall_us: int) -> dict[str, WireProtocol]:
    """Build the exchanges asked for, by name, all at the same moment of the same market.

    Raises:
        BadInput: an exchange or symbol is unknown, or a replay file cannot be used.
    """
    if not options.markets:
        raise BadInput(f"--market names no exchange; give one or more of {', '.join(PROTOCOLS)}.")
    for name in options.markets:
        if name not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise BadInput(f"Unknown market {name!r}; this simulator speaks {known}.")
    if options.faults is not None:
        check_plan(options.faults, options.markets)
    if not 4 <= options.points <= 600:
        raise BadInput(f"--points {options.points} is out of range; give 4 to 600.")
    if options.speed <= 0:
        raise BadInput(f"--speed {options.speed} is out of range; give a number above zero.")
    tapes = _tapes(options)
    start_ms = _start_ms(options, tapes)
    return {name: _build(options, name, tapes, start_ms, wall_us) for name in options.markets}


def _tapes(options: WorldOptions) -> dict[str, tuple[Instrument, Tape]]:
    wanted = list(options.symbols) or None
    tapes: dict[str, tuple[Instrument, Tape]] = {}
    if options.replay:
        for symbol, file in candle_files(list(options.replay), wanted).items():
            tapes[symbol] = _loaded(symbol, file)
        return tapes
    if options.interval_min < 1 or 1440 % options.interval_min:
        raise BadInput(f"--interval {options.interval_min} must be minutes that divide a day.")
    start_ms = options.start_ms if options.start_ms is not None else _GENERATED_START_MS
    interval_ms = options.interval_min * 60_000
    history_ms = max(options.history_days * _DAY_MS, options.warmup_candles * interval_ms)
    first_ms = (start_ms - history_ms) // _DAY_MS * _DAY_MS
    for symbol in wanted or _DEFAULT_SYMBOLS:
        instrument = instrument_of(symbol)
        tape = GeneratedTape(
            symbol=symbol,
            seed=options.seed,
            first_ms=first_ms,
            tick_size=float(instrument.tick_size),
            volume_decimals=max(0, -int(instrument.qty_step.as_tuple().exponent)),
            interval_ms=interval_ms,
        )
        # The history is made now, so that no client waits for it later.
        tape.candle((start_ms - first_ms) // interval_ms)
        tapes[symbol] = instrument, tape
    return tapes


def _loaded(symbol: str, file: Path) -> tuple[Instrument, Tape]:
    if holds_depth(file):
        return load_depth(symbol, file)
    return load_trades(symbol, file) if holds_trades(file) else load_market(symbol, file)


def _start_ms(options: WorldOptions, tapes: dict[str, tuple[Instrument, Tape]]) -> int:
    """The market opens once every symbol has its warm-up candles behind it."""
    if not options.replay:
        return options.start_ms if options.start_ms is not None else _GENERATED_START_MS
    warmed = max(
        tape.first_ms + options.warmup_candles * tape.interval_ms for _, tape in tapes.values()
    )
    start_ms = warmed if options.start_ms is None else options.start_ms
    for symbol, (_, tape) in tapes.items():
        end_ms = tape.end_ms()
        if end_ms is not None and not tape.first_ms <= start_ms < end_ms:
            raise BadInput(
                f"The replay of {symbol} covers {tape.first_ms} to {end_ms} ms, which does not"
                f" contain the start {start_ms}; lower --warmup-candles or choose another --start."
            )
    return start_ms


def _wandering(options: WorldOptions, name: str, symbol: str, tape: Tape) -> Tape:
    ratio = options.basis_wander_bps.get(name, Decimal(0)) / 10_000
    first = tape.candle(0)
    if not ratio or first is None:
        return tape
    if isinstance(tape, DepthTape):
        raise BadInput(f"The book of {symbol} is recorded; --basis-wander-bps needs a made one.")
    seed = f"{options.seed}:{name}:{symbol}:basis"
    return WanderingTape(tape, deviation_ticks=float(first.close * ratio), seed=seed)


def _build(
    options: WorldOptions,
    name: str,
    tapes: dict[str, tuple[Instrument, Tape]],
    start_ms: int,
    wall_us: int,
) -> WireProtocol:
    basis = options.basis_bps.get(name, Decimal(0)) / 10_000
    markets: dict[str, SymbolMarket] = {}
    for symbol, (instrument, tape) in tapes.items():
        first = tape.candle(0)
        ticks = round(first.close * basis) if first is not None else 0
        market = SymbolMarket(
            instrument=replace(instrument),
            tape=_wandering(options, name, symbol, tape),
            seed=options.seed,
            points=POINTS if isinstance(tape, TradeTape | DepthTape) else options.points,
            basis_ticks=ticks,
        )
        market.goto(start_ms)
        markets[symbol] = market
    exchange = Exchange(
        name=name,
        clock=SimulatedClock(wall_us=wall_us, market_us=start_ms * 1000, speed=options.speed),
        markets=markets,
        rules=options.rules,
        seed=options.seed,
    )
    exchange.add_account(options.api_key, options.api_secret, options.balance, options.mode)
    for number in range(2, options.more_accounts + 2):
        key, secret = f"{options.api_key}-{number}", f"{options.api_secret}-{number}"
        exchange.add_account(key, secret, options.balance, options.mode)
    if name == "binance":
        for account in exchange.accounts.values():
            account.fee_coins = options.fee_coins
    return _LANGUAGES[name](exchange, limits_on=options.limits_on, plan=options.faults)
