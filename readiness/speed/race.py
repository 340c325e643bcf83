"""Lets bots trade in turn, each on an exchange of its own with the same market, and measures them.

All of them run all the time; the market of one moves while those of the others rest, in blocks
whose order is turned round each time (A B, B A, …): what changes on the machine meets all alike.
Candles come at their own pace, whatever a bot does; neither exchange delays or limits anything, and
one recording per bot is the only clock.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from exchange_simulator.clock import machine_us
from exchange_simulator.errors import BadInput
from exchange_simulator.record import events
from readiness.speed.bots import SYMBOLS, Racer
from readiness.speed.flames import draw_flames
from readiness.speed.machine import Machine
from readiness.speed.samples import Series, read_series
from readiness.wire.bots import BotFailed, Run
from readiness.wire.campaign import bot_database
from readiness.wire.exchange import Exchange, ExchangeFailed, open_exchange
from readiness.wire.stage import StageOptions

__all__ = ["Measured", "Race", "measure", "turns"]

SPEED = 60  # A candle of each symbol every second.
SEED = 11
START_S = 60.0
FIRST_ORDER_S = 20.0  # A bot that has not traded by then is measured all the same.
LOOK_EVERY_S = 0.25
FLOOD = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """How it is run: each bot's market moves for so many seconds, in blocks of so many.

    With `profile_s` each bot's stacks are sampled for so long afterwards.
    """

    folder: Path
    server_url: str
    seconds: int
    blocks: int
    profile_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One bot: what it did, for how long its market moved, and what it took of the machine.

    `flames` is the file with its flame graph; "" without one, and `flames_missing` says why.
    """

    name: str
    series: Series
    seconds: float
    memory_mib: float
    cpu_s: float
    database_cpu_s: float = 0.0
    processes: int = 1
    blocks: int = 1
    recording: str = ""
    flames: str = ""
    flames_missing: str = ""

    @property
    def latencies_ms(self) -> list[float]:
        """Candle to order, in the order of time."""
        ordered = sorted(self.series.samples, key=lambda sample: sample.ordered_us)
        return [sample.took_ms for sample in ordered]


@dataclass(slots=True, kw_only=True)
class _Lane:
    """One bot in its place, with its exchange and what is measured of it."""

    racer: Racer
    run: Run
    exchange: Exchange
    database: str
    recording: Path
    machine: Machine | None = None
    moves: bool = True
    is_measured: bool = True
    until_us: int = 0
    flames: str = ""
    flames_missing: str = ""

    def let(self, moves: bool) -> None:
        """Let its market move or rest."""
        self.moves = moves
        self.exchange.move(moves)


def turns(lanes: int, blocks: int) -> Iterator[int]:
    """Whose market moves, block after block: 0 1, 1 0, 0 1, …; each has as many as the others."""
    for number in range(blocks):
        yield from range(lanes) if number % 2 == 0 else reversed(range(lanes))


async def measure(race: Race, racers: Sequence[Racer]) -> list[Measured]:
    """What each of them did; ends all that it starts in any case. Raises BotFailed."""
    reasons: list[str] = []
    found: list[Measured] = []
    try:
        async with _lanes(race, racers) as lanes:
            since_us = await _run(race, lanes)
        found = [await asyncio.to_thread(_measured, race, lane, since_us) for lane in lanes]
    except* (BotFailed, ExchangeFailed, BadInput) as failed:
        reasons = [str(one) for one in failed.exceptions]
    if reasons:
        raise BotFailed("; ".join(dict.fromkeys(reasons)))
    return found


async def _run(race: Race, lanes: Sequence[_Lane]) -> int:
    """From the first knock to the last block; since when it is measured."""
    async with asyncio.TaskGroup() as group:
        watching = [group.create_task(_watch(lane)) for lane in lanes]
        for lane in lanes:
            await _ready(lane)
        since_us = machine_us()
        watching += [group.create_task(_look(lane)) for lane in lanes]
        for number in turns(len(lanes), race.blocks):
            for place, lane in enumerate(lanes):
                lane.let(place == number)
            await asyncio.sleep(race.seconds / race.blocks)
        for lane in lanes:
            lane.until_us = machine_us()
            lane.is_measured = False
            lane.let(True)
        if race.profile_s:
            profiles = [group.create_task(_profile(race, lane)) for lane in lanes]
            await asyncio.wait(profiles)
        for task in watching:
            task.cancel()
    return since_us


@asynccontextmanager
async def _lanes(race: Race, racers: Sequence[Racer]) -> AsyncIterator[list[_Lane]]:
    """All bots, started at once and ended at once."""
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(AsyncExitStack()) for _ in racers]
        places = zip(racers, opened, strict=True)
        async with asyncio.TaskGroup() as group:
            opening = [group.create_task(_lane(race, racer, own)) for racer, own in places]
        lanes = [task.result() for task in opening]
        try:
            for lane in lanes:
                async with _named(lane):
                    await lane.run.start()
                lane.machine = Machine(pid=lane.run.pid, database=lane.database)
            yield lanes
        finally:
            await asyncio.gather(*(lane.run.end() for lane in lanes))


async def _lane(race: Race, racer: Racer, stack: AsyncExitStack) -> _Lane:
    """Its database and its exchange, and how it will be started."""
    recording = race.folder / f"speed-{racer.name}.recording.gz"
    options = StageOptions(
        markets=(racer.market,),
        recording=str(recording),
        mode=racer.bot.mode,
        speed=SPEED,
        seed=SEED,
        symbols=SYMBOLS,
        flood=FLOOD,
        is_timed=True,
    )
    url = await stack.enter_async_context(bot_database(race.server_url))
    file = race.folder / f"speed-{racer.name}.announced.json"
    exchange = await stack.enter_async_context(open_exchange(options, file))
    started = racer.bot.filled(exchange.places(racer.market) | {"database_url": url})
    log = race.folder / f"speed-{racer.name}.log"
    return _Lane(
        racer=racer,
        run=Run(bot=started, log=log, exchange=exchange),
        exchange=exchange,
        database=urlsplit(url).path.removeprefix("/"),
        recording=recording,
    )


@asynccontextmanager
async def _named(lane: _Lane) -> AsyncIterator[None]:
    """Whatever it did wrong is told with its name."""
    try:
        yield
    except BotFailed as failed:
        raise BotFailed(f"{lane.racer.name}: {failed}") from failed


async def _watch(lane: _Lane) -> None:
    """Until it is cancelled, or the bot does what it must not; raises BotFailed."""
    async with _named(lane):
        await lane.run.until("", math.inf)


async def _ready(lane: _Lane) -> None:
    """It has come, and has traded if it does at all."""
    async with _named(lane):
        if not await lane.run.until("contact", START_S):
            raise BotFailed(lane.run.never_knocked())
        await lane.run.until("held", FIRST_ORDER_S)


async def _look(lane: _Lane) -> None:
    """At what it takes of the machine, until it is cancelled."""
    while lane.machine is not None:
        await asyncio.to_thread(lane.machine.look, counts=lane.moves and lane.is_measured)
        await asyncio.sleep(LOOK_EVERY_S)


async def _profile(race: Race, lane: _Lane) -> None:
    name = f"flames-{lane.racer.name}"
    lane.flames, lane.flames_missing = await draw_flames(
        lane.run.pid, race.profile_s, race.folder / name
    )


def _measured(race: Race, lane: _Lane, since_us: int) -> Measured:
    """What its recording and the looks at it hold. Raises BadInput."""
    machine = lane.machine or Machine(pid=0, database="")
    return Measured(
        name=lane.racer.name,
        series=read_series(events(lane.recording), SPEED, since_us, lane.until_us),
        seconds=float(race.seconds),
        memory_mib=machine.memory_mib,
        cpu_s=machine.cpu_s,
        database_cpu_s=machine.database_cpu_s,
        processes=machine.processes,
        blocks=race.blocks,
        recording=lane.recording.name,
        flames=lane.flames,
        flames_missing=lane.flames_missing,
    )
