"""Risk Management: does every limit bind exactly where the configuration says, and is it the door?

The limits are loaded as the bot loads them. Each control is driven just inside its limit, at it,
and just outside; then it is taken out of the chain, and the check must notice. What needs a
database, sockets and a bot that hangs is proven by tests over the wire, as is that people hear.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.order import ApprovedOrder, OrderIntent, OrderSide
from bot_trading.errors import ConfigError
from bot_trading.risk.book import Holding, stress_losses
from bot_trading.risk.checks import ENTRY_CONTROLS, EVERY_ORDER_CONTROLS
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import examine, review
from bot_trading.risk.view import Denial, RiskView
from bot_trading.settings import core_config, load
from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Recall, Severity
from readiness.checks.risk_corners import corners
from readiness.checks.risk_drives import Drive, drives
from readiness.checks.risk_world import base_intent, base_view
from readiness.context import Check, Context, Scope, blocked
from readiness.processes import run_program

__all__ = ["CONTROLS", "drive_all", "judge_limits", "limits_of", "run"]

CONFIG = "config/bot.yaml"
PROOFS = (
    "tests/integration/test_risk_limits_enforcement.py",
    "tests/integration/test_kill_switch.py",
)
ALERTS = "tests/integration/test_alerts.py"
AT_LEAST = ("_min_ratio", "_window_s", "_pause_s")
# In a quick run, one case of the kill switch; the others try it against bots that hang.
QUICK_PROOFS = (PROOFS[0], f"{PROOFS[1]}::test_everything_goes_but_the_stops_of_open_legs")
Control = Callable[[OrderIntent, RiskView, RiskLimits], Denial | None]
CONTROLS: dict[str, Control] = {
    control.__name__: control for control in (*EVERY_ORDER_CONTROLS, *ENTRY_CONTROLS)
}


async def run(check: Check, context: Context) -> CheckResult:
    """PASSED when every control binds at its limit and the proofs over the wire pass."""
    try:
        limits = await asyncio.to_thread(limits_of, context.root / CONFIG)
    except ConfigError as error:
        return blocked(check, f"the configuration cannot be read: {error}")
    findings, evidence = judge_limits(limits, context.settings.risk_management.ceilings)
    caught = sum(1 for name in CONTROLS if _notices_loss_of(name, limits))
    if caught < len(CONTROLS):
        text = f"only {caught} of {len(CONTROLS)} controls are missed when they are taken out"
        findings.append(_finding("risk-check-blind", text))
    evidence.append(_stress(limits))
    findings += await _proofs(context, evidence)
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=len({drive.control for drive in drives(limits)}) / len(CONTROLS),
        recall=Recall(caught=caught, seeded=len(CONTROLS)),
        evidence=tuple(evidence),
        findings=tuple(findings),
    )


def drive_all(
    limits: RiskLimits, controls: dict[str, Control]
) -> tuple[list[Finding], list[Evidence]]:
    """Every drive through its control: findings where it lets pass or denies wrongly."""
    findings: list[Finding] = []
    evidence: list[Evidence] = []
    for drive in drives(limits):
        control = controls.get(drive.control)
        seen = [] if control is None else [_passes(control, drive, n, limits) for n in range(3)]
        if seen != list(drive.passes):
            text = (
                f"{drive.control} by {drive.measures}: {_words(seen)}, not {_words(drive.passes)}"
            )
            findings.append(_finding("risk-limit-elsewhere", text))
        evidence.append(
            Evidence(
                what=f"{drive.control} ({drive.article})",
                measured=f"{drive.measures} {', '.join(drive.told)}: {_words(seen)}",
                limit=drive.limit,
                source="readiness/checks/risk_drives.py",
            )
        )
    return findings, evidence


def _passes(control: Control, drive: Drive, number: int, limits: RiskLimits) -> bool:
    intent, view = drive.steps[number]
    return control(intent, view, limits) is None


def _words(passes: object) -> str:
    seen = list(passes) if isinstance(passes, list | tuple) else []
    return ", ".join("passes" if each else "denied" for each in seen) or "no such control"


def judge_limits(
    limits: RiskLimits, ceilings: Mapping[str, Decimal]
) -> tuple[list[Finding], list[Evidence]]:
    """Everything that is judged without a process of its own."""
    findings, evidence = drive_all(limits, CONTROLS)
    findings += _door(limits) + _corners(limits) + _reservations(limits)
    findings += _ceilings(limits, ceilings)
    return findings, evidence


def limits_of(file: Path) -> RiskLimits:
    """The limits as the bot reads them; raises ConfigError."""
    return core_config(load(file), account="check").limits


def _notices_loss_of(name: str, limits: RiskLimits) -> bool:
    """True when drives fail once the control lets everything pass."""
    blind = {**CONTROLS, name: lambda intent, view, limits: None}
    return bool(drive_all(limits, blind)[0])


def _door(limits: RiskLimits) -> list[Finding]:
    """The usual order passes the door and reserves; each that is outside a limit is refused there
    and reserves nothing."""
    findings = []
    held = Reservations()
    verdict = review(base_intent(limits), base_view(limits), limits, held, 0)
    if not isinstance(verdict, ApprovedOrder) or held.total != base_intent(limits).notional:
        findings.append(_finding("risk-door-closed", f"the usual order is refused: {verdict}"))
    for drive in drives(limits):
        intent, view = drive.steps[2]
        held = Reservations()
        passed = isinstance(review(intent, view, limits, held, 0), ApprovedOrder)
        if passed or held.total != Decimal(0):
            text = f"an order outside {drive.control} passes the door"
            findings.append(_finding("risk-door-open", text))
    return findings


def _corners(limits: RiskLimits) -> list[Finding]:
    """Each corner passes the door or is refused there, as it must."""
    findings = []
    for corner in corners(limits):
        refused = examine(corner.intent, corner.view, limits)
        if (refused is None) is not corner.passes:
            seen = "passes" if refused is None else f"is refused by {refused.control}"
            findings.append(_finding("risk-corner", f"{corner.name} {seen}"))
    return findings


def _reservations(limits: RiskLimits) -> list[Finding]:
    """What an approved entry may spend is held until it is known, and an exit holds nothing."""
    intent, view, held = base_intent(limits), base_view(limits), Reservations()
    closing = replace(
        intent, side=OrderSide.SELL, reduce_only=True, stop_loss=None, take_profit=None
    )
    review(closing, replace(view, open_qty=intent.quantity), limits, held, 0)
    seen = [held.total, held.of_leg(intent.leg_id)]
    review(intent, view, limits, held, 0)
    seen += [held.total, held.of_leg(intent.leg_id)]
    for left in (intent.quantity / 2, intent.quantity, Decimal(0), Decimal(0)):
        held.shrink(intent.client_order_id, left)
        seen.append(held.of_leg(intent.leg_id))
    half = intent.notional / 2
    wanted = [
        Decimal(0),
        Decimal(0),
        intent.notional,
        intent.notional,
        half,
        half,
        Decimal(0),
        Decimal(0),
    ]
    other = held.of_leg(intent.leg_id._replace(position_idx=PositionIdx.SHORT))
    if seen == wanted and not held.total and not other:
        return []
    told = ", ".join(f"{each:f}" for each in seen)
    return [_finding("risk-reservation", f"an order of {intent.notional:f} held {told}")]


def _ceilings(limits: RiskLimits, ceilings: Mapping[str, Decimal]) -> list[Finding]:
    """A limit that nothing can reach is none: each lies within what the verification accepts."""
    return [
        _finding("risk-limit-absurd", f"risk.{name} is {value}, accepted is {bound}")
        for name, bound in ceilings.items()
        for value in [getattr(limits, name)]
        if (
            value < bound
            if name.endswith(("_min_ratio", "_window_s", "_pause_s"))
            else value > bound
        )
    ]


def _stress(limits: RiskLimits) -> Evidence:
    """The largest book of longs that the limits let be held, on the worst days on record."""
    symbols = sorted(limits.order_quantity_max)
    each = min(limits.leg_exposure_max_usdt, limits.total_exposure_max_usdt / len(symbols))
    book = [Holding(symbol=symbol, notional=each, is_long=True) for symbol in symbols]
    losses = stress_losses(book)
    return Evidence(
        what=f"stress: {', '.join(symbols)} long for {each:.0f} USDT each, without a stop",
        measured=", ".join(f"{day}: {loss:.0f} USDT" for day, loss in losses.items()),
        limit="a figure, not a limit",
        source="bot_trading/risk/book.py",
    )


async def _proofs(context: Context, evidence: list[Evidence]) -> list[Finding]:
    """The tests over the wire, as processes of their own."""
    proofs = QUICK_PROOFS if context.scope is Scope.QUICK else PROOFS
    return [
        *await _prove("limits and kill switch over the wire", proofs, context, evidence),
        *await _prove("alert: what people are told over the wire", (ALERTS,), context, evidence),
    ]


async def _prove(
    what: str, proofs: Sequence[str], context: Context, evidence: list[Evidence]
) -> list[Finding]:
    command = [sys.executable, "-m", "pytest", "-q", *proofs]
    log = context.folder / f"risk_management_{what.split()[0].strip(':')}.log"
    finished = await run_program(
        command, folder=context.root, log=log, deadline_s=context.deadline_s
    )
    said = await asyncio.to_thread(_last_line, log)
    source = " ".join(["python3", *command[1:]])
    evidence.append(Evidence(what=what, measured=said, source=source))
    if finished.exit_code == 0:
        return []
    return [_finding("risk-proof", f"the proofs ended with {finished.exit_code}: {said}")]


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else "nothing was said"


def _finding(rule_id: str, message: str) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=Severity.CRITICAL,
        message=message,
        fix="Compare bot_trading/risk/checks.py with docs/risk.md and tests/unit/bot_trading/risk",
        location=Location(path="bot_trading/risk/checks.py"),
    )
