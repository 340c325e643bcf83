"""One simulated session: the bot lives through a scenario and is judged from outside."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from bot_trading.clock import now_us
from bot_trading.engine.bootstrap import build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import BotTradingError
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.settings import Settings, core_config, load
from bot_trading.storage.memory import Memory
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.flaky_store import FlakyStore
from readiness.chaos.scenario import Scenario
from readiness.chaos.virtual_network import Line, VirtualExchange
from readiness.chaos.virtual_time import Stuck, run_virtual
from readiness.chaos.watch import Watch

__all__ = ["ACCOUNT", "MARKET_SPEED", "Outcome", "default_settings", "run_scenario"]

ACCOUNT = "simulated"
MARKET_SPEED = Fraction(8)  # Half an hour of the bot's time holds four hours of the market's.
_START_NS = 1_780_000_000_000_000_000
_LOOK_S = 1.0
_SETTLED_S = 60.0
_DOWN_S = 5.0  # A killed process comes back after this time.


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session came to; no violations is what is hoped for."""

    scenario: Scenario
    violations: tuple[str, ...]
    hits: dict[str, int]
    kills: int
    entries: int
    exits: int
    worst_bare_s: float
    commits: int


def run_scenario(scenario: Scenario, settings: Settings | None = None) -> Outcome:
    """Run one session under virtual time; a bot that hangs or raises is a violation too."""
    session = _Session(scenario, settings or default_settings())
    try:
        run_virtual(session.run(), _START_NS)
    except (Stuck, BotTradingError) as error:
        session.problems.append(f"{type(error).__name__}: {error}")
    return session.outcome()


def default_settings() -> Settings:
    """The bot's own configuration, with a rule that trades often enough to be worth watching."""
    data: dict[str, Any] = load().model_dump()
    data["strategy"]["momentum"].update(lookback_candles=3, threshold_bps=5, cool_down_candles=2)
    data["exchanges"]["bybit"].update(
        rest_url="http://bybit",
        ws_public_url="ws://bybit/v5/public/linear",
        ws_private_url="ws://bybit/v5/private",
        ws_trade_url="ws://bybit/v5/trade",
    )
    return Settings.model_validate(data)


class _Session:
    """The world, and one process of the bot after another in it."""

    def __init__(self, scenario: Scenario, settings: Settings) -> None:
        self._scenario = scenario
        self._settings = settings
        self._rng = Random(f"session:{scenario.seed}")  # noqa: S311 - chance that repeats.
        self._memory = Memory()
        self._watch: Watch | None = None
        self._exchange: VirtualExchange | None = None
        self._protocol: Any = None
        self._kills = 0
        self._commits = 0
        self._died = asyncio.Event()
        self._lost_commits = 0
        self._outage_refusals = 0
        self.problems: list[str] = []

    async def run(self) -> None:
        """From the opening of the market to the judgement."""
        began_us = now_us()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_loop_error)
        options = WorldOptions(
            symbols=self._settings.trading.symbols,
            seed=self._scenario.seed,
            speed=MARKET_SPEED,
            faults=self._scenario.plan,
            points=12,
        )
        # codelint: ok D08 because nothing runs in this loop before the world is built
        self._protocol = build_world(options, began_us)["bybit"]
        exchange = self._protocol.exchange
        account = exchange.accounts[options.api_key]

        def is_out() -> bool:
            return self._scenario.is_out((now_us() - began_us) / 1e6)

        limits = core_config(self._settings, ACCOUNT).limits
        self._watch = watch = Watch(exchange, account, self._memory, limits)
        self._exchange = VirtualExchange(self._protocol, watch.request)
        keys = Credentials(api_key=options.api_key, api_secret=options.api_secret)
        market = asyncio.create_task(self._exchange.run())
        watching = asyncio.create_task(self._look(watch))
        ends_at = loop.time() + self._scenario.duration_s
        kills = [loop.time() + at_s for at_s in self._scenario.kills_at_s]
        world = {market, watching, asyncio.current_task()}
        while True:
            dies_at = kills.pop(0) if kills else None
            line, store = self._new_process(self._exchange, is_out)
            is_over = await self._live(line, store, keys, ends_at, dies_at, world)
            self._lost_commits += store.answers_lost
            self._outage_refusals += store.refusals
            if is_over:
                break
            # What a killed process left in doubt is settled by evidence, which takes its time.
            ends_at = max(ends_at, loop.time() + _SETTLED_S)
        for task in (market, watching):
            task.cancel()
        await asyncio.gather(market, watching, return_exceptions=True)

    async def _live(
        self,
        line: Line,
        store: FlakyStore,
        keys: Credentials,
        ends_at: float,
        dies_at: float | None,
        world: set[Any],
    ) -> bool:
        """One process of the bot; True when it lived to the end of the session."""
        loop = asyncio.get_running_loop()
        # codelint: ok D08 because models are read once, before the engine runs in this loop
        engine = build_engine(
            self._settings,
            ACCOUNT,
            store,
            {"bybit": keys},
            network=line.network,
            random_ratio=self._rng.random,
        )
        living = asyncio.create_task(self._one_process(engine, ends_at))
        died = asyncio.create_task(self._died.wait())
        left_s = None if dies_at is None else max(0.0, dies_at - loop.time())
        done, _ = await asyncio.wait(
            {living, died}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED
        )
        died.cancel()
        if living in done:
            living.result()
            return True
        self._died.clear()
        self._kills += 1
        line.sever()
        store.is_dead = True
        await _end_all(asyncio.all_tasks() - world)
        self._memory.locked.clear()
        await asyncio.sleep(_DOWN_S)
        return False

    def _new_process(
        self, exchange: VirtualExchange, is_out: Callable[[], bool]
    ) -> tuple[Line, FlakyStore]:
        """What the next process of the bot reaches the world by; it may die at a commit."""
        line = exchange.line(self._rng, self._scenario.latency_max_s)

        def at_commit(is_after: bool) -> None:
            self._commits += not is_after
            point = self._scenario.kill_point
            if point is not None and (self._commits, is_after) == (point.commit, point.is_after):
                line.sever()  # From here on nothing leaves the process,
                store.is_dead = True  # and nothing of it is kept.
                self._died.set()

        lost_ratio = self._scenario.lost_commit_ratio
        store = FlakyStore(self._memory, self._rng, is_out, lost_ratio, at_commit)
        return line, store

    async def _one_process(self, engine: TradingEngine, ends_at: float) -> None:
        """Start, again while the exchange or the store cannot be reached, then trade and settle."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await engine.start()
                break
            except BotTradingError as error:
                if loop.time() > ends_at - _SETTLED_S:
                    raise
                logging.getLogger(__name__).info("start refused: %s", error)
                await asyncio.sleep(_DOWN_S)
        waiting = asyncio.create_task(engine.wait())
        await asyncio.wait({waiting}, timeout=ends_at - loop.time())
        if waiting.done():
            self.problems.append(f"the engine ended by itself: {waiting.exception()!r}")
            return
        waiting.cancel()
        left_over = await engine.audit()
        self.problems += [f"at the end: {each}" for each in left_over]
        if not await engine.stop():
            self.problems.append("stopping left events or rows under way")

    async def _look(self, watch: Watch) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            watch.look()

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.problems.append(f"unhandled: {context.get('exception') or context['message']!r}")

    def outcome(self) -> Outcome:
        """The judgement."""
        watch = self._watch
        if watch is None:
            return Outcome(
                scenario=self._scenario,
                violations=tuple(self.problems),
                hits={},
                kills=0,
                entries=0,
                exits=0,
                worst_bare_s=0.0,
                commits=self._commits,
            )
        watch.judge_end()
        hits: Counter[str] = Counter()
        for hit in self._protocol.faults.hits:
            hits[f"{hit.fault}:{hit.variant}"] += 1
        hits["kill"] = self._kills
        hits["commit answer lost"] = self._lost_commits
        hits["database down"] = self._outage_refusals
        fills = [fill for rows in self._memory.accounts.values() for fill in rows.fills.values()]
        opening = sum(fill.is_opening for fill in fills)
        return Outcome(
            scenario=self._scenario,
            violations=(*watch.violations, *self.problems),
            hits={name: count for name, count in hits.items() if count},
            kills=self._kills,
            entries=opening,
            exits=len(fills) - opening,
            worst_bare_s=round(watch.worst_bare_s, 1),
            commits=self._commits,
        )


async def _end_all(tasks: set[asyncio.Task[Any]]) -> None:
    """As a killed process ends: wherever it stood, and it may not object."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
