"""Starts a bot against the simulator under a scenario, ends it, and hands back the recording.

Whatever a bot does, its children are ended: one that does not start, says nothing, dies, floods its
output or the exchange, talks to another address or ignores the request to end gives a `BotFailed`
with the reason, and no recording.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shlex
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from exchange_simulator.clock import machine_us
from exchange_simulator.errors import BadInput
from exchange_simulator.record import events
from readiness.processes import end_group, end_with_parent
from readiness.wire.addresses import foreign_address, remote_addresses
from readiness.wire.exchange import Exchange, ExchangeFailed, open_exchange
from readiness.wire.offspring import MARK, end_offspring
from readiness.wire.scenarios import Scenario, plan_of
from readiness.wire.stage import StageOptions
from readiness.wire.traffic import Event, kept_events, read_traffic
from readiness.wire.witness import FLOOD
from readiness.wire.words import Traffic

__all__ = ["Bot", "BotFailed", "Run", "Session", "Stand", "command_for", "watch_bot"]

START_S = 60.0  # Python, its imports and a model, on a machine that does other things too.
OUTPUT_BYTES_MAX = 50_000_000  # A bot that writes more than this within a scenario floods the disk.
SECOND_START_S = 2.0  # A leg's stop is there by then, or was never sent.
LOOK_EVERY_S = 1.0
WORDS_MAX = 300  # Of a bot's last line, in a reason.
_PLACE = re.compile(r"\{(\w+)\}")


class BotFailed(Exception):
    """The bot, or the exchange for it, could not be run to the end; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """How a bot is started. Places such as {rest_url} are filled in, in `environ` as well.

    `markets` are the exchanges that it speaks; `mode` is that of the account it is made for.
    """

    command: tuple[str, ...]
    folder: Path
    markets: tuple[str, ...] = ("bybit",)
    mode: str = "hedge"
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_line(cls, line: str, folder: Path, markets: Sequence[str], mode: str = "hedge") -> Bot:
        """From a command line; raises BotFailed for one that cannot be split."""
        try:
            command = tuple(shlex.split(line))
        except ValueError as error:
            raise BotFailed(f"the bot's command cannot be read ({error}): {line}") from error
        if not command:
            raise BotFailed("the bot's command is empty; give the line that starts it")
        return cls(command=command, folder=folder, markets=tuple(markets), mode=mode)

    def filled(self, values: Mapping[str, str]) -> Bot:
        """The same, with its places filled in; raises BotFailed for an unknown one."""
        environ = command_for(list(self.environ.values()), values)
        return replace(
            self,
            command=tuple(command_for(self.command, values)),
            environ=dict(zip(self.environ, environ, strict=True)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where bots are judged: `tape` is the falling market; `starting` lets them start in turn.

    A bot must knock within `start_s`, and may send `flood` messages in one session. `absent` holds
    why it never came to an exchange, where it is not waited for again.
    """

    folder: Path
    tape: Path
    speed: int
    starting: asyncio.Semaphore
    start_s: float = START_S
    flood: int = FLOOD
    absent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One scenario on one exchange: its traffic, and the events that it was read from."""

    market: str
    scenario: str
    traffic: Traffic
    events: tuple[Event, ...]


def command_for(template: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The command with `{rest_url}` and its like filled in; raises BotFailed for an unknown one."""

    def filled(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise BotFailed(f"the bot's command asks for {match[0]}; there are {known}")
        return values[match[1]]

    return [_PLACE.sub(filled, part) for part in template]


async def watch_bot(
    bot: Bot, market: str, scenario: Scenario, stand: Stand, *, seconds: int, database_url: str
) -> list[Session]:
    """Run the bot for so many seconds since it first knocked, and ask it to end.

    What it did on each exchange, the judged one first. Raises BotFailed; ends all in any case.
    """
    seconds = max(seconds, scenario.seconds)
    name = f"{market}-{scenario.name}"
    markets = _markets(bot, market, scenario)
    options = StageOptions(
        markets=markets,
        recording=str(stand.folder / f"{name}.recording.gz"),
        mode=_mode(bot, scenario),
        speed=stand.speed,
        faults=await asyncio.to_thread(_plan_file, scenario, market, stand.folder / name),
        replay=str(stand.tape) if scenario.falls else "",
        flood=stand.flood,
    )
    try:
        async with open_exchange(options, stand.folder / f"{name}.announced.json") as exchange:
            started = bot.filled(exchange.places(market) | {"database_url": database_url})
            run = Run(bot=started, log=stand.folder / f"{name}.bot.log", exchange=exchange)
            await run.through(scenario, seconds, stand)
    except ExchangeFailed as error:
        raise BotFailed(str(error)) from error
    return await asyncio.to_thread(_judged, bot, market, scenario, options, run)


def _markets(bot: Bot, market: str, scenario: Scenario) -> tuple[str, ...]:
    """The judged exchange comes first, so that a bot prefers it."""
    others = [name for name in bot.markets if name != market]
    return (market, *others[:1]) if scenario.has_second else (market,)


def _mode(bot: Bot, scenario: Scenario) -> str:
    return bot.mode if not scenario.other_mode else {"hedge": "one-way"}.get(bot.mode, "hedge")


def _plan_file(scenario: Scenario, market: str, path: Path) -> str:
    text = plan_of(scenario, market)
    if not text:
        return ""
    file = path.with_name(f"{path.name}.faults.yaml")
    file.write_text(text, "utf-8")
    return str(file)


def _judged(
    bot: Bot, market: str, scenario: Scenario, options: StageOptions, run: Run
) -> list[Session]:
    """What the recording holds; raises BotFailed where that proves nothing."""
    try:
        kept = kept_events(events(Path(options.recording)))
    except BadInput as error:
        raise BotFailed(f"the recording cannot be read: {error}") from error
    mode = "mismatch" if scenario.other_mode else bot.mode
    read = [read_traffic(kept, one, mode=mode, starts_us=run.starts_us) for one in options.markets]
    _refuse_unproved(scenario, read)
    return [
        Session(
            market=traffic.exchange,
            scenario=scenario.name if traffic is read[0] else f"{scenario.name} of {market}",
            traffic=_with_windows(traffic, scenario, run),
            events=tuple(kept),
        )
        for traffic in read
    ]


def _refuse_unproved(scenario: Scenario, read: Sequence[Traffic]) -> None:
    """Raise BotFailed where the scenario did not come to pass."""
    missed = [fault for fault in scenario.must_hit if not read[0].hits.get(fault)]
    if missed:
        raise BotFailed(f"the faults {', '.join(missed)} of {scenario.name} did not strike")
    if scenario.falls and not _was_caught(read[0]):
        raise BotFailed("no leg was held when the price fell, so the fall proves nothing")
    if scenario.has_second:
        since_us = read[0].hits[scenario.must_hit[0]][0]
        others = [one for traffic in read[1:] for one in traffic.commands]
        if not any(one.enters and one.ts_us > since_us for one in others):
            raise BotFailed("nothing was entered on the second exchange while the first was down")


def _was_caught(traffic: Traffic) -> bool:
    """Whether a leg that was held was closed in the session, as every fall closes one."""
    legs = [{(leg.symbol, leg.leg) for leg in state.legs} for state in traffic.states]
    return any(before - after for before, after in pairwise(legs))


def _with_windows(traffic: Traffic, scenario: Scenario, run: Run) -> Traffic:
    """When the exchange was down and the bot dead, as far as that came to pass."""
    struck = [at for name in ("F7", "F17") for at in traffic.hits.get(name, ())]
    down = tuple((at, at + int(scenario.down_s * 1e6)) for at in struck if scenario.down_s)
    away = []
    for killed_us, started_us in zip(run.killed_us, run.starts_us[1:], strict=False):
        again = [request.ts_us for request in traffic.requests if request.ts_us > started_us]
        away.append((killed_us, again[0] if again else traffic.ended_us))
    return replace(
        traffic, down_us=down, away_us=tuple(away), silence_us=int(scenario.silent_s * 1e6)
    )


@dataclass(slots=True, kw_only=True)
class Run:
    """One bot at work; `starts_us` and `killed_us` are when it was started and killed."""

    bot: Bot
    log: Path
    exchange: Exchange
    starts_us: list[int] = field(default_factory=list)
    killed_us: list[int] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    _took: signal.Signals | None = field(default=None, init=False)
    _left: int = field(default=0, init=False)

    async def through(self, scenario: Scenario, seconds: int, stand: Stand) -> None:
        """From the first start to the last end; raises BotFailed for one that did not behave."""
        try:
            async with stand.starting:
                await self._come(stand)
            if scenario.restarts:
                await self.until("held", seconds * 0.6)
                await self.until("", SECOND_START_S)
                await self._kill()
                await self.start()
            left_s = seconds * 0.5 if scenario.restarts else float(seconds)
            await self.until("", left_s, may_end=scenario.other_mode)
        finally:
            # codelint: ok D43 because what it waits for is shielded, and goes on by itself
            await self.end()
        self.refuse_killed()

    async def _come(self, stand: Stand) -> None:
        """Start it and wait for its knock; raises BotFailed, also where it never came before."""
        market = self.exchange.market
        if market in stand.absent:
            raise BotFailed(f"not tried again: {stand.absent[market]}")
        try:
            await self.start()
            if not await self.until("contact", stand.start_s):
                raise BotFailed(self.never_knocked())
        except BotFailed as failed:
            if "contact" not in self.exchange.told:
                stand.absent[market] = str(failed)
            raise

    async def end(self) -> None:
        """Ask it to end, and kill what does not, wherever it has gone to."""
        if self.process is not None:
            ways = (signal.SIGTERM, signal.SIGKILL)
            try:
                self._took = await asyncio.shield(end_group(self.process, ways))
            finally:
                # codelint: ok D43 because what it waits for is shielded, and goes on by itself
                self._left = await asyncio.shield(end_offspring(self.mark))

    def refuse_killed(self) -> None:
        """Raise BotFailed for one that had to be killed in the end."""
        if self._took is signal.SIGKILL:
            raise BotFailed("the bot ignored SIGTERM and had to be killed")
        if self._left:
            left = f"{self._left} processes in sessions of their own"
            raise BotFailed(f"the bot left {left} when it ended, which had to be killed")

    @property
    def mark(self) -> str:
        """What all processes of this run carry in their environment, and no others."""
        return f"{os.getpid()}:{self.log}"

    @property
    def pid(self) -> int:
        """Its process, which is the leader of a group of its own; 0 before it is started."""
        return self.process.pid if self.process is not None else 0

    async def start(self) -> None:
        """Start it; raises BotFailed where that cannot be done."""
        # codelint: ok D12 because opening a local file once per bot is shorter than starting it
        with self.log.open("ab") as output:
            try:
                self.process = await asyncio.create_subprocess_exec(
                    *self.bot.command,
                    cwd=self.bot.folder,
                    env={**os.environ, **self.bot.environ, MARK: self.mark},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_confined,
                )
            except (OSError, ValueError) as error:
                raise BotFailed(f"the bot did not start: {error}") from error
        self.starts_us.append(machine_us())

    async def _kill(self) -> None:
        if self.process is not None:
            self.killed_us.append(machine_us())
            await asyncio.shield(end_group(self.process, (signal.SIGKILL,)))
            await asyncio.shield(end_offspring(self.mark, 0.0))

    async def until(self, word: str, seconds: float, *, may_end: bool = False) -> bool:
        """Wait for a word of the exchange, or for so long; whether the word came.

        Raises BotFailed for a bot that ends, floods, or talks to somebody else meanwhile.
        """
        loop = asyncio.get_running_loop()
        began_s = last_look_s = loop.time()
        while loop.time() - began_s < seconds:
            if word and word in self.exchange.told:
                return True
            if "flood" in self.exchange.told:
                raise BotFailed("the bot flooded the exchange, which was ended")
            if self.exchange.is_gone:
                raise BotFailed("the simulator ended before its time")
            if self.process is None or self.process.returncode is not None:
                if may_end:
                    return False
                raise BotFailed(await asyncio.to_thread(self._last_words))
            if loop.time() - last_look_s > LOOK_EVERY_S:
                last_look_s = loop.time()
                await self._look_abroad()
            await asyncio.sleep(0.1)
        return False

    async def _look_abroad(self) -> None:
        if self.process is None:
            return
        foreign = await asyncio.to_thread(foreign_address, self.process.pid, self.mark)
        if foreign:
            raise BotFailed(f"the bot talks to {foreign}, and was ended before it trades there")

    def never_knocked(self) -> str:
        """Where it should have come, and where it was seen instead."""
        seen = remote_addresses(self.pid, self.mark) if self.process is not None else set()
        met = ", ".join(f"{address}:{port}" for address, port in sorted(seen))
        talked = f"; it talked to {met}" if met else ""
        return f"the bot sent nothing to the exchange at {self.exchange.where}{talked}"

    def _last_words(self) -> str:
        """How it ended; the last line that it said comes first, for it says most."""
        code = self.process.returncode if self.process is not None else None
        said = self.log.read_bytes()[-2_000:].decode("utf-8", "replace").strip()
        if code == -signal.SIGXFSZ or self.log.stat().st_size >= OUTPUT_BYTES_MAX:
            most = OUTPUT_BYTES_MAX // 1_000_000
            return f"the bot flooded its output with {most} MB and was ended: …{said[-60:]}"
        last = said.splitlines()[-1][:WORDS_MAX] if said else "nothing"
        ended = f"the bot ended by itself with {code} before its time was over"
        return f"{ended}; it said last, in {self.log.name}: {last}"


def _confined() -> None:
    """In the bot's process: it ends with us, and no file of it grows without end."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX))
