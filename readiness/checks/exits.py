"""Enhanced SL/TP: are ladder, profit protection and trailing declared, decided, kept and executed?

The configuration is loaded as the bot loads it, the policy is asked on a leg of its own, and what
remains is proven by worked examples, by drawn lives of legs, and over the wire: the flow test
drives two legs through their ladders and a crash.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.position import PositionLeg, is_looser
from bot_trading.errors import ConfigError
from bot_trading.settings import ConfigManager, core_config, load
from bot_trading.sltp.enhanced import CloseRung, EnhancedSLTPManager, LegView, MoveStop
from bot_trading.sltp.policy import ExitPolicy
from bot_trading.storage import schema
from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.context import Check, Context, blocked
from readiness.processes import run_program
from readiness.scratch_database import connect, scratch_database

__all__ = ["EXAMPLES", "judge_exits", "judge_policy", "run"]

CONFIG = "config/bot.yaml"
FLOW = "tests/integration/test_enhanced_sltp_flow.py"
# Worked examples of every part, and any life of two legs, drawn.
EXAMPLES = ("tests/unit/bot_trading/sltp", "tests/property/sltp")
TABLES = ("partial_tp_history", "sltp_history")
PARTS = ("partial_take_profit", "profit_protection", "trailing_stop")
# What is looked at: each part declared, each leg decided, each table kept, the flow over the wire.
UNITS = len(PARTS) + 2 + len(TABLES) + 1

RULES = Instrument(
    instrument_id=InstrumentId("bybit", "BTCUSDT"),
    base_coin="BTC",
    quote_coin="USDT",
    tick_size=Decimal("0.1"),
    qty_step=Decimal("0.001"),
    min_qty=Decimal("0.001"),
    max_qty=Decimal(1000),
    max_market_qty=Decimal(100),
    min_notional=Decimal(5),
    leverage_max=Decimal(100),
    funding_interval_min=480,
    is_trading=True,
)
ENTRY, QUANTITY = Decimal(50000), Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one leg's decisions were on a way from its entry to twice its last level."""

    closed: tuple[Decimal, ...]
    stops: tuple[Decimal, ...]
    loosened: int


async def run(check: Check, context: Context) -> CheckResult:
    """PASSED when every part is declared, decides rightly, is kept, and leaves over the wire."""
    try:
        policy, findings, evidence = await asyncio.to_thread(judge_exits, context.root / CONFIG)
    except ConfigError as error:
        return blocked(check, f"the configuration cannot be read: {error}")
    findings += await _kept(context, evidence)
    # The flow mostly waits for a market, so that the examples cost no time beside it.
    proofs = (
        _proven(context, "worked examples and drawn lives", EXAMPLES),
        _proven(context, "the flow over the wire", (FLOW,)),
    )
    for measured, found in await asyncio.gather(*proofs):
        evidence.append(measured)
        findings += found
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0 if policy is not None else 1 - 2 / UNITS,
        evidence=tuple(evidence),
        findings=tuple(findings),
    )


def judge_exits(file: Path) -> tuple[ExitPolicy | None, list[Finding], list[Evidence]]:
    """What is declared, and how it decides for a leg of each side; raises ConfigError."""
    declared = ConfigManager.get_config(file)
    policy = core_config(load(file), account="").exits
    section = declared["enhanced_sltp"]
    findings = [_missing(part) for part in PARTS if not section.get(part)]
    there = ", ".join(part for part in PARTS if section.get(part)) or "none"
    evidence = [Evidence(what="parts declared", measured=there)]
    if policy is not None:
        for idx in (PositionIdx.LONG, PositionIdx.SHORT):
            judged, seen = judge_policy(policy, idx)
            findings += judged
            evidence.append(_told(idx, seen))
    return policy, findings, evidence


def judge_policy(policy: ExitPolicy, idx: PositionIdx) -> tuple[list[Finding], Seen]:
    """Lead a leg along rising gains: levels sum to their ratios, and the stop only tightens."""
    leg_id = LegId("bybit", "BTCUSDT", idx)
    seen = _walk(EnhancedSLTPManager(policy), leg_id)
    findings = []
    ladder = policy.partial_take_profit
    if ladder is not None:
        ratio = sum((level.close_ratio for level in ladder.levels), Decimal(0))
        if sum(seen.closed, Decimal(0)) != RULES.quantity_down(QUANTITY * ratio):
            text = f"levels of {leg_id} close {seen.closed} of {QUANTITY}, declared are {ratio}"
            findings.append(_finding("sltp-ladder-sum", text))
    if seen.loosened:
        text = f"the stop of {leg_id} was loosened {seen.loosened} times"
        findings.append(_finding("sltp-stop-loosened", text))
    if not seen.stops:
        text = f"no gain moved the stop of {leg_id}"
        findings.append(_finding("sltp-stop-still", text))
    return findings, seen


def _walk(manager: EnhancedSLTPManager, leg_id: LegId) -> Seen:
    """Every tenth of a percent up to 8 % of gain and back; levels fill as they are asked for."""
    leg = PositionLeg(
        leg_id=leg_id,
        quantity=QUANTITY,
        entered_qty=QUANTITY,
        entry_value=QUANTITY * ENTRY,
        episode=1,
    )
    rungs = manager.plan(leg, RULES)
    sent: dict[int, Decimal] = {}
    stops: list[Decimal] = []
    loosened = 0
    stop: Decimal | None = None
    for tenths in [*range(81), *range(79, -1, -1)]:
        sign = 1 if leg_id.is_long else -1
        price = ENTRY * (1 + sign * Decimal(tenths) / 1000)
        view = LegView(leg, RULES, price, 0, stop, rungs, busy=tuple(sent))
        for intent in manager.decide(view):
            if isinstance(intent, CloseRung):
                sent[intent.rung.level] = intent.quantity
            elif isinstance(intent, MoveStop):
                loosened += is_looser(leg_id, intent.stop_loss, stop)
                stop = intent.stop_loss
                stops.append(stop)
    return Seen(closed=tuple(sent.values()), stops=tuple(stops), loosened=loosened)


def _told(idx: PositionIdx, seen: Seen) -> Evidence:
    closed = ", ".join(f"{quantity:f}" for quantity in seen.closed)
    measured = f"levels close {closed}; the stop moved {len(seen.stops)} times"
    return Evidence(what=f"{idx.name} leg of {QUANTITY}", measured=measured, limit="never back")


async def _kept(context: Context, evidence: list[Evidence]) -> list[Finding]:
    """The tables of the steps are there after the migrations."""
    async with scratch_database(context.database_url) as url:
        await schema.upgrade(url)
        connection = await connect(url)
        try:
            query = "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = $1)"
            missing = [name for name in TABLES if not await connection.fetchval(query, name)]
        finally:
            await connection.close()
    there = ", ".join(name for name in TABLES if name not in missing) or "none"
    evidence.append(Evidence(what="tables of the steps", measured=there, source="migrations"))
    return [_finding("sltp-table-missing", f"table {name} is missing") for name in missing]


async def _proven(
    context: Context, what: str, paths: Sequence[str]
) -> tuple[Evidence, list[Finding]]:
    """What these tests say, as a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", *paths]
    log = context.folder / f"enhanced_sltp_{Path(paths[0]).stem}.log"
    finished = await run_program(
        command, folder=context.root, log=log, deadline_s=context.deadline_s
    )
    said = await asyncio.to_thread(_last_line, log)
    evidence = Evidence(what=what, measured=said, source=" ".join(["python3", *command[1:]]))
    if finished.exit_code == 0:
        return evidence, []
    return evidence, [_finding("sltp-flow", f"{what} ended with {finished.exit_code}: {said}")]


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else "nothing was said"


def _missing(part: str) -> Finding:
    return _finding("sltp-not-declared", f"enhanced_sltp.{part} is not declared")


def _finding(rule_id: str, message: str) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=Severity.CRITICAL,
        message=message,
        fix=f"Compare with {CONFIG} and docs/sltp.md, and run {FLOW}",
        location=Location(path=CONFIG),
    )
