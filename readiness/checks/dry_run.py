"""Dry Run: does the whole bot, started as its user starts it, trade, protect and add up?

The launcher runs as a process of its own, against the simulator and a scratch database. What it
says of itself in its summary, what its rows say of stops that were asked for, and what passed at
the exchange is judged here; what the run did not exercise proves nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import yaml

from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.checks.dry_run_wire import ANY_SPEED, Wire, read_wire
from readiness.context import Check, Context, blocked
from readiness.processes import Finished, run_program
from readiness.scratch_database import connect, scratch_database

__all__ = ["Moves", "Ran", "Told", "judge_run", "read_moves", "run", "told_by", "write_config"]

LAUNCHER = "unified_launcher.py"
CONFIG = "config/bot.yaml"
# What the user's own command holds at sixty times the market's speed; a shorter run is faster.
MARKET_S = 5 * 3_600
# A generated market in whose first five hours every leg takes profit in steps, and long and short
# legs alike outlive this horizon, so that the bot's own exits are tried too.
MARKET_SEED, HORIZON_S = 2, 900
UNTRIED = "the run did not exercise everything"
MOVES_MIN = 3  # Fewer that were never confirmed may still be on their way when the run ends.
SUMMARY_VERSION = 1
# What each leg must have done at least once, and where the summary counts it.
DEMANDED = {
    "entry": ("entries",),
    "ladder step": ("ladder_steps",),
    "stop move": ("stop_moves",),
    "close": ("exits", "stops", "targets"),
}


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """What the launcher tells of one leg; a count that it does not know is None, not zero."""

    entries: int | None = None
    exits: int | None = None
    stops: int | None = None
    targets: int | None = None
    stop_moves: int | None = None
    ladder_steps: int | None = None


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """How many stops of one leg were asked for, and how many the exchange was seen to hold.

    `late` counts the asked ones that an entry should have brought with it.
    """

    leg: str
    asked: int
    confirmed: int
    late: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The launcher's summary of one run, as far as it is judged."""

    version: int
    duration_s: float
    memory_mb: float
    result_usdt: str
    legs: dict[str, Leg]
    problems: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What is left of one run: the launcher's `summary`, how it `finished`, the rows and the wire;
    `source` is the command that ran for `duration_s`, `told` what the configuration says."""

    summary: Path
    finished: Finished
    duration_s: int
    source: str
    told: Told
    moves: Sequence[Moves]
    wire: Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the bot is told: which symbols to trade, and whether ladders of targets are to rest."""

    symbols: tuple[str, ...] = ()
    ladders_rest: bool = False


def told_by(usual: Path) -> Told:
    """Of a bot's configuration; nothing where there is none, and the launcher says so itself."""
    if not usual.exists():
        return Told()
    settings = yaml.safe_load(usual.read_text("utf-8"))
    trading, exits = settings.get("trading") or {}, settings.get("enhanced_sltp") or {}
    ladder = exits.get("partial_take_profit") or {}
    return Told(
        symbols=tuple(str(symbol) for symbol in trading.get("symbols") or ()),
        ladders_rest=ladder.get("execution") == "resting",
    )


async def run(check: Check, context: Context) -> CheckResult:
    """Run the launcher for the context's duration and judge its summary.

    However short the run is, it holds five hours of market, so that every leg has time to be
    entered, to climb its ladder and to be left in every way. What a leg lives through depends on
    instants, so that a run in which something never came to pass is made once more.
    """
    first = await _run(check, context, "dry_run")
    if first.outcome is not Outcome.BLOCKED or not first.reason.startswith(UNTRIED):
        return first
    second = await _run(check, context, "dry_run_again")
    runs = Evidence(
        what="runs until everything was exercised",
        measured=f"2; of the first one: {first.reason}",
        limit="2",
        source="the dry run's recordings",
    )
    return replace(second, evidence=(*second.evidence, runs))


async def _run(check: Check, context: Context, name: str) -> CheckResult:
    file, recording = context.folder / f"{name}.json", context.folder / f"{name}.wire.gz"
    duration_s = context.dry_run_duration_s
    command = [LAUNCHER, "--mode=all", "--dry-run", f"--duration={duration_s}"]
    config = context.folder / f"{name}.yaml"
    if await asyncio.to_thread(write_config, context.root / CONFIG, config, duration_s):
        command.append(f"--config={config}")
    async with scratch_database(context.database_url) as url:
        finished = await run_program(
            [sys.executable, *command, f"--summary={file}", f"--record={recording}"],
            folder=context.root,
            log=context.folder / f"{name}.log",
            deadline_s=duration_s + context.settings.dry_run.start_and_stop_s,
            environ={"DATABASE_URL": url},
        )
        moves = await read_moves(url) if await asyncio.to_thread(file.exists) else []
    if not await asyncio.to_thread(file.exists):
        said = await asyncio.to_thread(finished.last_words)
        return blocked(
            check, f"the launcher ended with {finished.exit_code} and no summary\n{said}"
        )
    ran = Ran(
        summary=file,
        finished=finished,
        duration_s=duration_s,
        source=" ".join(["python3", *command]),
        told=await asyncio.to_thread(told_by, context.root / CONFIG),
        moves=moves,
        wire=await asyncio.to_thread(read_wire, recording),
    )
    return await asyncio.to_thread(judge_run, check, ran)


def write_config(usual: Path, config: Path, duration_s: int) -> bool:
    """Write the usual configuration with the market of this check, at the speed at which the run
    holds its five hours, or faster where that is usual.

    False where nothing usual is there, or it is none: then the launcher says so itself.
    """
    try:
        settings = yaml.safe_load(usual.read_text("utf-8"))
        market, exits = settings["dry_run"], settings["enhanced_sltp"]
        market["speed"] = max(market["speed"], -(-MARKET_S // duration_s))
        market["seed"] = MARKET_SEED
        exits["horizon_s"] = min(exits["horizon_s"], HORIZON_S)
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return False
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return True


async def read_moves(url: str) -> list[Moves]:
    """What the bot's rows tell of the stops of each leg; nothing where there is no such table."""
    connection = await connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('sltp_history')") is None:
            return []
        rows = await connection.fetch(
            "SELECT concat_ws('-', symbol, position_idx) AS leg,"
            " count(*) FILTER (WHERE status = 'ASKED') AS asked,"
            " count(*) FILTER (WHERE status = 'SET') AS confirmed,"
            " count(*) FILTER (WHERE status = 'ASKED' AND cause IN ('entry', 'further entry'))"
            " AS late"
            " FROM sltp_history GROUP BY exchange, symbol, position_idx ORDER BY 1"
        )
    finally:
        await connection.close()
    return [Moves(**dict(row)) for row in rows]


def judge_run(check: Check, ran: Ran) -> CheckResult:
    """FAILED where the run broke something, BLOCKED where it did not exercise what is demanded.

    Each symbol must have been traded: hours of market give every one of them its entries.
    """
    try:
        summary = msgspec.json.decode(ran.summary.read_bytes(), type=Summary)
    except msgspec.DecodeError as error:
        return blocked(check, f"the launcher's summary cannot be read: {error}")
    if summary.version != SUMMARY_VERSION:
        return blocked(
            check, f"the summary has version {summary.version}, expected {SUMMARY_VERSION}"
        )
    findings = (*_findings(summary, ran), *_unconfirmed(ran.moves), *ran.wire.findings)
    missing = [*_not_exercised(summary.legs), *_not_seen(summary.legs, ran)]
    if missing and not findings:
        return blocked(check, f"{UNTRIED}: {'; '.join(missing)}")
    demanded = max(1, len(summary.legs)) * len(DEMANDED)
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=max(0.0, 1 - len(missing) / demanded),
        evidence=(*_evidence(summary, ran), *_told(ran)),
        findings=findings,
    )


def _findings(summary: Summary, ran: Ran) -> Iterator[Finding]:
    for problem in summary.problems:
        yield _finding("dry-run-problem", problem)
    if ran.finished.exit_code != 0 and not summary.problems:
        yield _finding("dry-run-exit", f"the launcher ended with {ran.finished.exit_code}")
    if summary.duration_s < ran.duration_s:
        took = f"{summary.duration_s:.1f} s"
        yield _finding("dry-run-short", f"the run ended after {took} of {ran.duration_s} s")


def _unconfirmed(moves: Sequence[Moves]) -> Iterator[Finding]:
    """A stop that is asked for again and again, and never seen, protects nothing; one that comes
    after its entry leaves the leg bare between them."""
    for leg in moves:
        if leg.asked >= MOVES_MIN and not leg.confirmed:
            text = f"{leg.asked} moves of the stop of {leg.leg} were asked for, none was confirmed"
            yield _finding("dry-run-stop", text)
    late = sum(leg.late for leg in moves)
    if late >= MOVES_MIN:
        text = f"{late} times the stop of an entry did not rest with it, and was asked for again"
        yield _finding("dry-run-bare-entry", text)


def _told(ran: Ran) -> Iterator[Evidence]:
    for leg in ran.moves:
        yield Evidence(
            what=f"stops of {leg.leg} moved",
            measured=f"{leg.confirmed} confirmed, {leg.asked} asked for",
            limit=f"one of {MOVES_MIN} at the least",
            source=ran.source,
        )
    yield Evidence(
        what=f"orders, stops and cancels on the wire, by {', '.join(ANY_SPEED)}",
        measured=f"{ran.wire.commands}, {len(ran.wire.findings)} rules broken",
        limit="1, 0 rules broken",
        source=ran.source,
    )


def _finding(rule_id: str, message: str) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=Severity.CRITICAL,
        message=message,
        fix="Find the cause in dry_run.log, and make the same run end without a problem",
        location=Location(path=LAUNCHER),
    )


def _not_seen(legs: Mapping[str, Leg], ran: Ran) -> Iterator[str]:
    """Symbols of which no leg was opened (legs are named `symbol-index`, after their exchange), and
    requests that five hours of market must bring."""
    traded = {name.rpartition(":")[2].rpartition("-")[0] for name in legs}
    yield from (f"{symbol} was never traded" for symbol in ran.told.symbols if symbol not in traded)
    if ran.moves and not any(leg.asked for leg in ran.moves):
        yield "no stop was ever moved by a request"
    if ran.wire.problem:
        yield ran.wire.problem
    elif ran.told.ladders_rest and not ran.wire.amended:
        yield "no ladder that rests was ever amended, though legs grow"


def _not_exercised(legs: Mapping[str, Leg]) -> Iterator[str]:
    """What was demanded and did not happen, or was not counted, leg by leg."""
    if not legs:
        yield "no leg was opened"
    for side, index in (("long", "1"), ("short", "2")):
        exits = [leg.exits or 0 for name, leg in legs.items() if name.rpartition("-")[2] == index]
        if exits and not any(exits):
            yield f"no {side} leg was left by an order of the bot"
    for name, leg in legs.items():
        lacking = [what for what, counts in DEMANDED.items() if not _happened(leg, counts)]
        if lacking:
            yield f"{name} without {', '.join(lacking)}"


def _happened(leg: Leg, counts: tuple[str, ...]) -> bool:
    values: list[Any] = [getattr(leg, name) for name in counts]
    return any(value is not None and value > 0 for value in values)


def _evidence(summary: Summary, ran: Ran) -> Iterator[Evidence]:
    yield Evidence(
        what="problems of the run",
        measured=f"{len(summary.problems)}, exit code {ran.finished.exit_code}",
        limit="0, exit code 0",
        source=ran.source,
    )
    for name, leg in summary.legs.items():
        told = msgspec.to_builtins(leg)
        counts = ", ".join(f"{key} {value}" for key, value in told.items() if value is not None)
        yield Evidence(what=f"leg {name}", measured=counts, limit="each at least once")
    yield Evidence(
        what="duration, memory and result",
        measured=f"{summary.duration_s:.1f} s, {summary.memory_mb} MB, {summary.result_usdt} USDT",
        source=ran.source,
    )
