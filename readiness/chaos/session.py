"""One simulated session: the bot lives through a scenario and is judged from outside."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

from bot_trading.clock import now_us
from bot_trading.domain.messages import HaltTrading, Record
from bot_trading.engine.bootstrap import build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import BotTradingError
from bot_trading.settings import Settings, core_config
from bot_trading.storage.memory import Memory
from exchange_simulator.faults import Faults
from exchange_simulator.model import ZERO
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.aimed import aimed_settings
from readiness.chaos.flaky_store import FlakyStore
from readiness.chaos.places import default_settings, make_keys
from readiness.chaos.scenario import Scenario
from readiness.chaos.twin import Picture, take_picture
from readiness.chaos.virtual_network import Line, VirtualExchange
from readiness.chaos.virtual_time import end_all, problem_of
from readiness.chaos.watch import Watch, judge_together, look_at_all

__all__ = ["ACCOUNT", "MARKET_SPEED", "Outcome", "run_scenario"]

ACCOUNT = "simulated"
MARKET_SPEED = Fraction(8)  # Half an hour of the bot's time holds four hours of the market's.
_START_NS = 1_780_000_000_000_000_000
_LOOK_S = 1.0
_SETTLED_S = 60.0
_MOVES_S = 4.0  # At least two trades of the market, of which there are four a minute or more.
_DOWN_S = 5.0  # A killed process comes back after this time.


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session came to; no violations is what is hoped for.

    `entries` and `exits` are fills; `entries_on` counts opening fills by exchange. `cpu_s` is the
    processor's time, which alone differs when a session is played again.
    """

    scenario: Scenario
    violations: tuple[str, ...]
    hits: dict[str, int]
    kills: int
    entries: int
    exits: int
    worst_bare_s: float
    commits: int
    entries_on: dict[str, int] = field(default_factory=dict)
    picture: Picture | None = None
    cpu_s: float = field(default=0.0, compare=False)


def run_scenario(scenario: Scenario, settings: Settings | None = None) -> Outcome:
    """Run one session under virtual time; a bot that hangs or raises is a violation too."""
    began_s = time.process_time()
    if settings is None and scenario.aim is not None:
        settings = aimed_settings(scenario.exchanges[0])
    settings = settings or default_settings(scenario.exchanges, scenario.foreign_orders)
    session = _Session(scenario, settings)
    problem = problem_of(session.run(), _START_NS)
    if problem is not None:
        session.problems.append(problem)
    return replace(session.outcome(), cpu_s=time.process_time() - began_s)


class _Session:
    """The world, and one process of the bot after another in it."""

    def __init__(self, scenario: Scenario, settings: Settings) -> None:
        self._scenario = scenario
        self._settings = settings
        self._rng = Random(f"session:{scenario.seed}")  # noqa: S311 - chance that repeats.
        self._memory = Memory()
        self._exchanges: dict[str, VirtualExchange] = {}
        self._watches: list[Watch] = []
        self._faults: dict[str, Faults] = {}
        self._kills = 0
        self._commits = 0
        self._died = asyncio.Event()
        self._stands_still = asyncio.Event()
        self._picture: Picture | None = None
        self._lost_commits = 0
        self._outage_refusals = 0
        self._stops_taken = 0
        self._troubled: Counter[str] = Counter()
        self.problems: list[str] = []

    async def run(self) -> None:
        """From the opening of the market to the judgement."""
        began_us = now_us()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_loop_error)
        # codelint: ok D08 because nothing runs in this loop before the world is built
        self._exchanges = self._build_exchanges(began_us)
        market = [asyncio.create_task(exchange.run()) for exchange in self._exchanges.values()]
        watching = asyncio.create_task(self._look())
        ends_at = loop.time() + self._scenario.duration_s
        kills = [loop.time() + at_s for at_s in self._scenario.kills_at_s]
        world = {*market, watching, asyncio.current_task()}
        while True:
            dies_at = kills.pop(0) if kills else None
            line, store = self._new_process(began_us)
            is_over = await self._live(line, store, ends_at, dies_at, world)
            self._lost_commits += store.answers_lost
            self._outage_refusals += store.refusals
            self._troubled += store.troubled
            if is_over:
                break
            # What a killed process left in doubt is settled by evidence, which takes its time.
            ends_at = max(ends_at, loop.time() + _SETTLED_S)
        for task in (*market, watching):
            task.cancel()
        await asyncio.gather(*market, watching, return_exceptions=True)

    def _build_exchanges(self, began_us: int) -> dict[str, VirtualExchange]:
        """The exchanges of the scenario, of one market, each with its watch."""
        scenario = self._scenario
        options = self._options = WorldOptions(
            markets=scenario.exchanges,
            symbols=self._settings.trading.symbols,
            seed=scenario.seed,
            speed=MARKET_SPEED,
            faults=scenario.plan,
            points=scenario.points,
            history_days=1,
            fee_coins=scenario.aim.fee_coins if scenario.aim is not None else ZERO,
        )
        limits = core_config(self._settings, ACCOUNT).limits
        exchanges: dict[str, VirtualExchange] = {}
        world: dict[str, Any] = {**build_world(options, began_us)}
        for name, protocol in world.items():
            account = protocol.exchange.accounts[options.api_key]
            watch = Watch(protocol.exchange, account, self._memory, limits)
            self._watches.append(watch)
            self._faults[name] = protocol.faults
            exchanges[name] = VirtualExchange(protocol, watch.request)
        return exchanges

    async def _live(
        self,
        line: Line,
        store: FlakyStore,
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
            make_keys(self._options),
            network=line.network,
            random_ratio=self._rng.random,
        )
        living = asyncio.create_task(self._one_process(engine, store, ends_at))
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
        await end_all(asyncio.all_tasks() - world)
        self._memory.locked.clear()
        await asyncio.sleep(_DOWN_S)
        return False

    def _new_process(self, began_us: int) -> tuple[Line, FlakyStore]:
        """What the next process of the bot reaches the world by; it may die at a commit."""
        scenario = self._scenario
        line = Line(self._exchanges, self._rng, scenario.latency_max_s)

        def at_commit(is_after: bool) -> None:
            self._commits += not is_after
            point = scenario.kill_point
            if point is None or (self._commits, is_after) != (point.commit, point.is_after):
                return
            self._pause(is_paused=True)
            self._stands_still.set()
            if not point.is_twin:
                line.sever()  # From here on nothing leaves the process,
                store.is_dead = True  # and nothing of it is kept.
                self._died.set()

        def handed(records: Sequence[Record]) -> None:
            for watch in self._watches:
                watch.look_at_rows(records)

        store = FlakyStore(
            self._memory,
            self._rng,
            lambda: scenario.is_out((now_us() - began_us) / 1e6),
            scenario.lost_commit_ratio,
            at_commit,
            lambda: scenario.trouble((now_us() - began_us) / 1e6),
            handed,
        )
        return line, store

    async def _one_process(self, engine: TradingEngine, store: FlakyStore, ends_at: float) -> None:
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
        if self._scenario.kill_point is not None and self._picture is None:
            await self._settle(engine, {waiting}, ends_at)
            if self._scenario.kill_point.is_twin:
                waiting.cancel()
                return
        await asyncio.wait({waiting}, timeout=ends_at - loop.time())
        if waiting.done():
            self.problems.append(f"the engine ended by itself: {waiting.exception()!r}")
            return
        waiting.cancel()
        # What is traded while the bot stops is the next start's business.
        self._pause(is_paused=True)
        left_over = await engine.audit()
        self.problems += [f"at the end: {each}" for each in left_over]
        aim = self._scenario.aim
        if aim is not None and aim.ends_away:
            await self._stop_without_store(engine, store)
        elif not await engine.stop():
            self.problems.append("stopping left events or rows under way")

    async def _stop_without_store(self, engine: TradingEngine, store: FlakyStore) -> None:
        """A person halts while the database is away, and stops: what was not kept is no clean end,
        since the next start would trade on."""
        store.is_away = True
        refused = store.refusals
        engine.loop.publish(HaltTrading(who="a person", why="tried", ts_init_us=now_us()))
        is_clean = await engine.stop()
        if store.refusals == refused:
            self.problems.append("a halt was handed to no store")
        elif is_clean:
            self.problems.append("stopping called itself clean, and the halt was not stored")

    async def _settle(
        self, engine: TradingEngine, waiting: set[asyncio.Task[None]], ends_at: float
    ) -> None:
        """Once the market stands still: let everything come to rest, and take a picture."""
        loop = asyncio.get_running_loop()
        stands = asyncio.create_task(self._stands_still.wait())
        left_s = ends_at - loop.time()
        await asyncio.wait({stands, *waiting}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        stands.cancel()
        if not self._stands_still.is_set():
            return
        await asyncio.wait(waiting, timeout=_SETTLED_S)
        # Some exchanges tell a price only when it moves, and without one no level is looked at.
        self._pause(is_paused=False)
        await asyncio.wait(waiting, timeout=_MOVES_S)
        self._pause(is_paused=True)
        await asyncio.wait(waiting, timeout=_SETTLED_S)
        arrived = sum((watch.created for watch in self._watches), Counter[str]())
        places = {watch.exchange.name: (watch.exchange, watch.account) for watch in self._watches}
        self._picture = take_picture(engine.loop.state, places, arrived)
        self._pause(is_paused=False)

    def _pause(self, *, is_paused: bool) -> None:
        for exchange in self._exchanges.values():
            exchange.advance()
            exchange.is_paused = is_paused

    async def _look(self) -> None:
        limits = core_config(self._settings, ACCOUNT).limits
        began_us = now_us()
        aim = self._scenario.aim
        takes = list(aim.stops_taken_s) if aim is not None else []
        while True:
            await asyncio.sleep(_LOOK_S)
            look_at_all(self._watches, limits)
            at_s = (now_us() - began_us) / 1e6
            if aim is not None:
                is_kept = not self._scenario.is_out(at_s)
                for watch in self._watches:
                    watch.look_for_doubts(aim.doubt_max_s, is_kept=is_kept)
                    watch.look_for_old_legs(aim.held_max_s)
                    watch.account.burns_fee_coins = at_s >= aim.coins_from_s
            if takes and at_s >= takes[0]:
                takes.pop(0)
                self._stops_taken += sum(watch.take_stops() for watch in self._watches)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.problems.append(f"unhandled: {context.get('exception') or context['message']!r}")

    def outcome(self) -> Outcome:
        """The judgement."""
        judge_together(self._watches, self._memory)
        fills = [fill for rows in self._memory.accounts.values() for fill in rows.fills.values()]
        opening = Counter(fill.leg_id.exchange for fill in fills if fill.is_opening)
        violations = [text for watch in self._watches for text in watch.violations]
        aim = self._scenario.aim
        entered = len({fill.client_order_id for fill in fills if fill.is_opening})
        if aim is not None and entered < aim.entries_min:
            violations.append(f"{entered} entries show nothing: at least {aim.entries_min} do")
        return Outcome(
            scenario=self._scenario,
            violations=(*violations, *self.problems),
            hits=self._hits(),
            kills=self._kills,
            entries=opening.total(),
            exits=len(fills) - opening.total(),
            worst_bare_s=round(max((w.worst_bare_s for w in self._watches), default=0.0), 1),
            commits=self._commits,
            entries_on=dict(opening),
            picture=self._picture,
        )

    def _hits(self) -> dict[str, int]:
        """How often each trouble really struck, by name."""
        hits: Counter[str] = Counter(
            f"{name} {hit.fault}:{hit.variant}"
            for name, faults in self._faults.items()
            for hit in faults.hits
        )
        hits["kill"] = self._kills
        hits["commit answer lost"] = self._lost_commits
        hits["database down"] = self._outage_refusals
        hits["stop taken away"] = self._stops_taken
        hits.update(self._troubled)
        hits["exchange failover"] = sum(
            row.control == "entry_exchange" and row.action == "FAILED_OVER"
            for rows in self._memory.accounts.values()
            for row in rows.risk_events.values()
        )
        return {name: count for name, count in hits.items() if count}
