"""The verification of the user's own two systems: databases, code, both bots on the wire, speed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from readiness.check import CheckResult, Evidence, FindingKind, Outcome, Recall
from readiness.checks import ALWAYS, Step, performance
from readiness.checks.code import judge_analysis
from readiness.checks.data_integrity import UserDatabases
from readiness.checks.own_databases import checks_on
from readiness.codelint import analyse
from readiness.codelint.score import score_folder
from readiness.context import Check, Context, Scope, blocked
from readiness.speed.bots import Racer
from readiness.systems import System, Systems, bot_of, url_of
from readiness.wire.bots import Session
from readiness.wire.campaign import Campaign, judge_outcomes, run_campaign
from readiness.wire.scenarios import quick_sessions, sessions_of

__all__ = ["databases_of", "steps_for", "told_only"]

CASES = Path("tests/cases/codelint/fresh")


def databases_of(systems: Systems) -> UserDatabases | None:
    """Both databases; None where the file does not name both. Raises SettingsRefused."""
    source, target = url_of(systems.old), url_of(systems.new)
    if not source or not target:
        return None
    return UserDatabases(source_url=source, target_url=target, mapping=Path(systems.mapping))


def steps_for(
    systems: Systems, databases: UserDatabases | None, console: Console
) -> tuple[Step, ...]:
    """What can be looked at of what the file names; nothing of the bundled systems.

    A critical check that lacks what it needs is BLOCKED: nobody goes live on what was not seen.
    """
    base = checks_on(databases, console) if databases is not None else _unseen_databases()
    code = _code_check(systems) if systems.new.code else _unseen("Code", "new.code")
    modes: dict[str, str] = {}
    has_bot = bool(systems.new.bot)
    bots = [
        _bot_check(systems.new, modes, is_old=False)
        if has_bot
        else _unseen("Exchange APIs", "new.bot")
    ]
    steps = [Step(name="database", checks=base), Step(name="code", checks=(code,))]
    if systems.old.bot:
        bots.append(_bot_check(systems.old, modes, is_old=True))
    steps.append(Step(name="bots on the wire", checks=tuple(bots)))
    if has_bot:
        # Speed is measured while nothing else runs.
        speed = _speed_check(systems, modes)
        steps.append(Step(name="benchmarks", checks=(speed,), alone=ALWAYS))
    return tuple(steps)


def _unseen_databases() -> tuple[Check, ...]:
    needed = "old.database_url, new.database_url and mapping"
    return tuple(_unseen(name, needed) for name in ("Database Schema", "Data Integrity"))


def _unseen(name: str, needed: str) -> Check:
    """A critical check of something that the file does not name."""

    async def run(check: Check, _: Context) -> CheckResult:
        return blocked(check, f"the file does not name systems: {needed}; name it to have it seen")

    return Check(name=name, is_critical=True, run=run)


def _code_check(systems: Systems) -> Check:
    async def run(check: Check, context: Context) -> CheckResult:
        tree = Path(systems.new.code)
        baseline = Path(systems.old.code) if systems.old.code else None
        analysis = await asyncio.to_thread(analyse, tree, baseline)
        if not analysis.lines:
            return blocked(check, f"{tree} holds no Python code that could be read")
        recall = await asyncio.to_thread(_recall, context.root / CASES)
        return judge_analysis(check, analysis, recall)

    return Check(name="Code", is_critical=True, run=run)


def _recall(folder: Path) -> Recall | None:
    """The analysis's own power on the labelled cases; None where they are not there."""
    if not folder.is_dir():
        return None
    rules = score_folder(folder).rules.values()
    return Recall(
        caught=sum(rule.found for rule in rules), seeded=sum(rule.sites for rule in rules)
    )


def _bot_check(system: System, modes: dict[str, str], *, is_old: bool) -> Check:
    """The old bot's sins are told, and count for nothing: it is the new one that shall trade.

    The position mode that it was judged in is kept in `modes`, by old or new.
    """

    async def run(check: Check, context: Context) -> CheckResult:
        told, is_quick = context.settings.exchange_apis, context.scope is Scope.QUICK
        folder = context.folder / ("old-bot" if is_old else "new-bot")
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        sessions = quick_sessions(system.markets) if is_quick else sessions_of(system.markets)
        campaign = Campaign(
            bot=bot_of(system),
            sessions=sessions,
            seconds=told.quick_session_s if is_quick else told.full_session_s,
            server_url=context.database_url,
            folder=folder,
            places=told.places,
            is_unknown=system.position_mode == "auto",
        )
        outcomes = await run_campaign(campaign)
        judged = [one.traffic.mode for one in outcomes if isinstance(one, Session)]
        modes.update({"old" if is_old else "new": mode for mode in judged if mode != "mismatch"})
        result = await asyncio.to_thread(judge_outcomes, check, outcomes)
        return told_only(result) if is_old else result

    name = "Exchange APIs (old)" if is_old else "Exchange APIs"
    return Check(name=name, is_critical=not is_old, run=run)


def _speed_check(systems: Systems, modes: dict[str, str]) -> Check:
    """Both bots by turns at an exchange that both speak, or else each at the first of its own."""

    async def run(check: Check, context: Context) -> CheckResult:
        spoken = systems.old.markets if systems.old.bot else systems.new.markets
        both = [market for market in systems.new.markets if market in spoken]
        racers = [
            Racer(
                name=name,
                bot=replace(bot_of(system), mode=modes.get(name, bot_of(system).mode)),
                market=(both or system.markets)[0],
            )
            for name, system in (("new", systems.new), ("old", systems.old))
            if system.bot
        ]
        return await performance.run_on(check, context, *racers)

    return Check(name="Performance", is_critical=False, run=run)


def told_only(result: CheckResult) -> CheckResult:
    """The same findings, as information."""
    if result.outcome is not Outcome.FAILED:
        return result
    findings = tuple(replace(one, kind=FindingKind.INFORMATIONAL) for one in result.findings)
    seen = Evidence(
        what="rules that the old bot breaks",
        measured=", ".join(sorted({one.rule_id for one in findings})),
        limit="told, not judged",
    )
    return replace(
        result,
        outcome=Outcome.PASSED,
        findings=findings,
        evidence=(seen, *result.evidence),
    )
