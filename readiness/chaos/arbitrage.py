"""Whole-bot sessions of arbitrage under virtual time: two simulated exchanges with a basis that
stands or wanders, faults on the wire, stops that fire, one death of the process, judged outside.

    python -m readiness.chaos.arbitrage --seeds 20 [--cuts]

No bound on hanging on one leg can hold while an exchange cannot be reached. So time counts against
it only while the bot has streams of both, and the other time is told apart; `--cuts` takes one
exchange away in each life of the process, and loses changes of the books. A seed replays its
session.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Annotated, Any

import typer

from bot_trading.clock import now_us
from bot_trading.domain.fill import Fill
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.order import Order, OrderPurpose, OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.engine.bootstrap import build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.settings import Settings
from bot_trading.storage.memory import Memory, MemoryStore
from exchange_simulator.faults import FaultPlan, FaultRule
from exchange_simulator.model import ExecutionKind
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.campaign import quiet
from readiness.chaos.one_sided import LOOK_S, Stretches
from readiness.chaos.places import default_settings, make_keys
from readiness.chaos.virtual_network import Line, VirtualExchange
from readiness.chaos.virtual_time import end_all, problem_of

__all__ = ["ONE_SIDED_MAX_S", "PairOutcome", "main", "run_pairs"]

ACCOUNT, SYMBOL = "pairs", "BTCUSDT"
ONE_SIDED_MAX_S = 12.0
LOSS_MAX_USDT = Decimal(20)
_CONVERGED = "the difference is down to"
_START_NS = 1_780_000_000_000_000_000
_SPEED = Fraction(8)
_CALM_S, _DOWN_S = 20.0, 1.0
_PAIRS = (("bybit", "binance"), ("okx", "bybit"), ("binance", "okx"))
_FAULTS = (("F1", "closed"), ("F1", "delayed"), ("F5", "duplicate"), ("F5", "reverse"))
_BOOK_GAP = ("F8", "skip")
_REFUSALS = {
    "bybit": (("F9", "10006"), ("F2", "10016")),
    "binance": (("F9", "-1015"), ("F2", "-1007")),
    "okx": (("F9", "50011"), ("F2", "50004")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOutcome:
    """What a session came to; `one_sided_s` are the stretches in which the exchanges truly held
    unequal legs and both could be reached, longest last; `blind_s` those parts of them in which one
    could not, and `cut_s` how long it was cut off."""

    seed: int
    violations: tuple[str, ...]
    groups: tuple[LegGroup, ...]
    one_sided_s: tuple[float, ...]
    hits: Mapping[str, int]
    stops: int
    blind_s: tuple[float, ...] = ()
    cut_s: tuple[float, ...] = ()
    cpu_s: float = field(default=0.0, compare=False)


def run_pairs(seed: int, duration_s: float = 90.0, *, cuts: bool = False) -> PairOutcome:
    """One session; a bot that hangs, raises, breaks a bound or an account is a violation."""
    began_s = time.process_time()
    session = _Session(seed, duration_s, cuts=cuts)
    problem = problem_of(session.run(), _START_NS)
    if problem is not None:
        session.problems.append(problem)
    return replace(session.outcome(), cpu_s=time.process_time() - began_s)


class _Session:
    """Two exchanges, a process of the bot, and after its death another one."""

    def __init__(self, seed: int, duration_s: float, *, cuts: bool) -> None:
        self._seed = seed
        self._cuts = cuts
        self._duration_s = duration_s
        self._rng = Random(f"pairs:{seed}")  # noqa: S311 - chance that repeats, no secret.
        self._names = self._rng.choice(_PAIRS)
        self._settings = _settings(self._names)
        self._memory = Memory()
        self._protocols: dict[str, Any] = {}
        self._stretches = Stretches()
        self._engine: TradingEngine | None = None
        self._cut_s: list[float] = []
        self.problems: list[str] = []

    async def run(self) -> None:
        """From the opening of the market to the audit at the end."""
        loop = asyncio.get_running_loop()
        options = WorldOptions(
            markets=self._names,
            symbols=(SYMBOL,),
            seed=self._seed,
            speed=_SPEED,
            faults=self._plan(),
            points=12,
            history_days=1,
            **_basis(self._seed, self._names[1]),
        )
        # codelint: ok D08 because nothing runs in this loop before the world is built
        self._protocols = {**build_world(options, now_us())}
        exchanges = {
            name: VirtualExchange(protocol, lambda *_: None)
            for name, protocol in self._protocols.items()
        }
        world = {asyncio.create_task(each.run()) for each in exchanges.values()}
        witness = asyncio.create_task(self._look(options.api_key))
        world.add(witness)
        first_s = self._rng.uniform(0.3, 0.7) * self._duration_s
        for lives_s in (first_s, self._duration_s - first_s):
            line = Line(exchanges, self._rng, self._rng.choice((0.002, 0.02, 0.1)))
            # codelint: ok D08 because models are read once, before the engine runs in this loop
            engine = build_engine(
                self._settings,
                ACCOUNT,
                MemoryStore(self._memory),
                make_keys(options),
                network=line.network,
                random_ratio=self._rng.random,
            )
            await engine.start()
            self._engine = engine
            cut = asyncio.create_task(self._cut(line, lives_s))
            ended = asyncio.create_task(engine.wait())
            await asyncio.wait({ended}, timeout=lives_s)
            if ended.done():
                self.problems.append(f"the engine ended by itself: {ended.exception()!r}")
            ended.cancel()
            cut.cancel()
            await asyncio.wait({cut})
            if not cut.cancelled() and cut.exception() is not None:
                self.problems.append(f"the cut failed: {cut.exception()!r}")
            if lives_s is first_s:
                self._engine = None
                line.sever()
                await end_all(asyncio.all_tasks() - world - {asyncio.current_task()})
                self._memory.locked.clear()
                await asyncio.sleep(_DOWN_S)
            else:
                await self._end(engine, exchanges)
        if witness.done():
            self.problems.append(f"the witness ended: {witness.exception()!r}")
        loop.set_exception_handler(None)
        await end_all(world)

    async def _end(self, engine: TradingEngine, exchanges: Mapping[str, VirtualExchange]) -> None:
        """Let the market stand, so that everything can agree, and audit."""
        engine.halt("the session", "is over")
        await asyncio.sleep(_CALM_S)
        for exchange in exchanges.values():
            exchange.is_paused = True
        left_over = await engine.audit()
        self.problems += [f"at the end: {each}" for each in left_over]
        if not await engine.stop():
            self.problems.append("stopping left events or rows under way")

    async def _cut(self, line: Line, lives_s: float) -> None:
        """Take one exchange away for a while that ends before the process does."""
        if not self._cuts:
            return
        name, rng = self._rng.choice(self._names), self._rng
        wait_s, cut_s = rng.uniform(0.1, 0.6) * lives_s, rng.uniform(0.05, 0.3) * lives_s
        await asyncio.sleep(wait_s)
        line.cut_off(name)
        self._cut_s.append(cut_s)
        await asyncio.sleep(cut_s)
        line.restore(name)

    async def _look(self, key: str) -> None:
        while True:
            protocols = tuple(self._protocols.values())
            self._stretches.look(protocols, key, SYMBOL, is_blind=self._is_blind())
            await asyncio.sleep(LOOK_S)

    def _is_blind(self) -> bool:
        """Whether the bot has no streams of one of the exchanges, as one that waits to start."""
        if self._engine is None:
            return True
        state = self._engine.loop.state
        return not all(state.exchange_health(name).is_stream_up for name in self._names)

    def _plan(self) -> FaultPlan:
        rules = []
        for name in self._names:
            kinds = [_BOOK_GAP] if self._cuts else []
            kinds += self._rng.sample((*_FAULTS, *_REFUSALS[name]), 3)
            for fault, variant in kinds:
                rules.append(
                    FaultRule(
                        fault=fault,
                        variant=variant,
                        market=name,
                        probability=self._rng.choice((0.1, 0.3)),
                        times=self._rng.randint(1, 8),
                        lag_ms=self._rng.choice((200, 800)),
                        from_s=3.0,
                        to_s=self._duration_s,
                    )
                )
        return FaultPlan(seed=self._seed, rules=tuple(rules))

    def outcome(self) -> PairOutcome:
        """The judgement, by what the exchanges did and what was stored."""
        rows = self._memory.accounts.get(ACCOUNT)
        groups = tuple(rows.groups.values()) if rows is not None else ()
        stretches = sorted(self._stretches.done_s)
        violations = [*self.problems, *self._judged(groups)]
        if stretches and stretches[-1] > ONE_SIDED_MAX_S:
            violations.append(f"one-sided for {stretches[-1]:.2f} s")
        if self._stretches.are_unequal:
            violations.append("one-sided at the end")
        hits: Counter[str] = Counter(
            f"{name} {hit.fault}:{hit.variant}"
            for name, protocol in self._protocols.items()
            for hit in protocol.faults.hits
        )
        fills = () if rows is None else tuple(rows.fills.values())
        orders = {} if rows is None else rows.orders
        stops = sum(orders[fill.client_order_id].purpose is OrderPurpose.STOP for fill in fills)
        return PairOutcome(
            seed=self._seed,
            violations=tuple(violations),
            groups=groups,
            one_sided_s=tuple(stretches),
            hits=dict(hits),
            stops=stops,
            blind_s=tuple(sorted(self._stretches.blind_s)),
            cut_s=tuple(self._cut_s),
        )

    def _judged(self, groups: Sequence[LegGroup]) -> list[str]:
        """Bounds and accounts of every group, against its fills and the exchanges' own money."""
        rows = self._memory.accounts.get(ACCOUNT)
        if rows is None or not groups:
            return ["no group was ever entered"]
        found = []
        for group in groups:
            mine = [fill for fill in rows.fills.values() if fill.group_id == group.group_id]
            cash = sum((_cash(fill) for fill in mine), Decimal(0))
            paid = sum((fill.commission for fill in mine), Decimal(0))
            if group.is_over and not rows.funding and group.pnl != cash - paid:
                found.append(f"{group.group_id}: earned {group.pnl}, its fills {cash - paid}")
            if group.unmatched_loss_worst > group.loss_max:
                found.append(f"{group.group_id}: lost {group.unmatched_loss_worst} on one leg")
            if group.phase not in (GroupPhase.HEDGED, GroupPhase.OVER):
                found.append(f"{group.group_id} is still {group.phase}")
        legs = sum((_net(leg) for leg in rows.legs.values()), Decimal(0))
        if sum((group.pnl for group in groups), Decimal(0)) != legs:
            found.append("the groups together did not earn what the legs did")
        theirs = sum(
            execution.kind is not ExecutionKind.FUNDING
            for protocol in self._protocols.values()
            for account in protocol.exchange.accounts.values()
            for execution in account.executions
        )
        if theirs != len(rows.fills):
            found.append(f"{len(rows.fills)} fills are stored, the exchanges made {theirs}")
        named: list[Order | Fill] = [*rows.orders.values(), *rows.fills.values()]
        nameless = [each for each in named if each.group_id is None]
        return [*found, *(f"{each.client_order_id} names no group" for each in nameless)]


def _basis(seed: int, name: str) -> dict[str, Any]:
    """A basis that stands, or one that wanders and comes back, so that it is really earned."""
    ways = {0: "basis_bps", 1: "basis_wander_bps"}
    return {ways[seed % 2]: {name: Decimal(60)}}


def _settings(exchanges: Sequence[str]) -> Settings:
    """The bot's own configuration with arbitrage between two virtual exchanges: short horizons and
    near stops, so that much happens in a session."""
    data: dict[str, Any] = default_settings(exchanges).model_dump()
    data["trading"]["symbols"] = [SYMBOL]
    data["enhanced_sltp"]["stop_loss_percent"] = Decimal("0.4")
    data["risk"].update(
        order_quantity_max={SYMBOL: Decimal("0.5")},
        correlation_groups={},
        executions_max=10_000,
        consecutive_losses_max=10_000,
    )
    data["strategy"]["source"] = "arbitrage"
    data["strategy"]["arbitrage"].update(
        exchanges=tuple(exchanges),
        taker_fee_bps=dict.fromkeys(exchanges, Decimal("5.5")),
        horizon_s=120,
        book_age_max_ms=5_000,
        one_sided_max_ms=int(ONE_SIDED_MAX_S * 1_000),
        loss_max_usdt=LOSS_MAX_USDT,
        pause_ms=1_000,
    )
    return Settings.model_validate(data)


def _cash(fill: Fill) -> Decimal:
    """What a fill took in, below zero what it paid."""
    value = fill.last_qty * fill.last_px
    return value if fill.side is OrderSide.SELL else -value


def _net(leg: PositionLeg) -> Decimal:
    return leg.realized_pnl - leg.commission + leg.funding


def main(
    seeds: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 10,
    first_seed: Annotated[int, typer.Option(help="The first seed.")] = 1,
    cuts: Annotated[
        bool, typer.Option("--cuts", help="Cut one exchange off now and then.")
    ] = False,
) -> None:
    """Play sessions one after another and print what each came to; exit 1 on a violation."""
    quiet()
    played = range(first_seed, first_seed + seeds)
    outcomes = [run_pairs(seed, cuts=cuts) for seed in played]
    blind = sorted(each for outcome in outcomes for each in outcome.blind_s)
    cut = [each for outcome in outcomes for each in outcome.cut_s]
    stretches = sorted(each for outcome in outcomes for each in outcome.one_sided_s)
    groups = [group for outcome in outcomes for group in outcome.groups]
    hits: Counter[str] = sum((Counter(each.hits) for each in outcomes), Counter())
    count = len(stretches)
    lines = [
        f"sessions {len(outcomes)}, groups entered {len(groups)}, left"
        f" {sum(group.is_over for group in groups)}, stops {sum(o.stops for o in outcomes)},"
        f" faults {hits.total()}, CPU {sum(o.cpu_s for o in outcomes):.1f} s",
        f"cut off {len(cut)} times for {sum(cut):.0f} s; stretches on one leg while an exchange was"
        f" not reached {len(blind)}: max {_at(blind, 100):.2f} s",
        f"stretches on one leg {count}: p50 {_at(stretches, 50):.2f} s,"
        f" p99 {_at(stretches, 99):.2f} s, max {_at(stretches, 100):.2f} s, bound"
        f" {ONE_SIDED_MAX_S:.0f} s",
        _exits(groups),
        f"worst loss on one leg {max((g.unmatched_loss_worst for g in groups), default=0):.2f}"
        f" USDT, bound {LOSS_MAX_USDT}",
    ]
    broken = [(each.seed, text) for each in outcomes for text in each.violations]
    lines += [f"seed {seed}: {text}" for seed, text in broken]
    sys.stdout.write("\n".join(lines) + "\n")
    if broken:
        raise typer.Exit(1)


def _exits(groups: Sequence[LegGroup]) -> str:
    """How many groups ended because the difference did, and what those came to."""
    ended = [each for each in groups if each.is_over and each.cause.startswith(_CONVERGED)]
    earned = sum((each.pnl for each in ended), Decimal(0))
    won = sum(each.pnl > 0 for each in ended)
    return f"left by convergence {len(ended)}: {won} earned, together {earned:.2f} USDT"


def _at(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank; 0 of nothing."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


if __name__ == "__main__":
    typer.run(main)
