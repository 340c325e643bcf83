"""V2 Compatibility: does v3 decide as v2 did, wherever their rules are the same?

The frozen v2 and v3's own core are led along one tape, with the same rules: signals, quantities,
denials, entries and the reasons to leave must be the same. Where v3 means to differ a file lists
it with its reason; every other difference fails, and an intended one that is gone fails too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ConfigError
from bot_trading.settings import core_config, load
from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Recall, Severity
from readiness.compatibility.histories import Difference, History, differences
from readiness.compatibility.intended import FILE, Intended, read_intended
from readiness.compatibility.mutants import mutants_of, wrong_orders_of
from readiness.compatibility.rules import core_of, rules_of
from readiness.compatibility.v2_run import run_v2
from readiness.compatibility.v3_run import run_v3
from readiness.context import Check, Context, blocked
from readiness.scratch_database import scratch_database

__all__ = ["judge", "measure_recall", "run"]

CONFIG = "config/bot.yaml"
LISTED = f"readiness/compatibility/{FILE.name}"
SOURCE = "legacy_v2.trading_engine and bot_trading.engine.step, one after the other"
TRIED = frozenset({"stop_loss", "take_profit", "timeout", "reverse"})
SHOWN = 5


async def run(check: Check, context: Context) -> CheckResult:
    """PASSED when only what is listed differs; BLOCKED when v2 could not be led along the tape."""
    try:
        intended = await asyncio.to_thread(read_intended)
        settings = await asyncio.to_thread(load, context.root / CONFIG)
        config = core_config(settings, account="")
        rules = rules_of(config)
    except (ConfigError, ValueError) as error:
        return blocked(check, f"the rules to compare by cannot be read: {error}")
    core = core_of(config, rules)
    async with scratch_database(context.database_url) as url:
        v2 = await asyncio.to_thread(run_v2, rules, url)
    if missing := _not_tried(v2):
        return blocked(check, f"the tape did not lead v2 through everything: no {missing}")
    v3 = await asyncio.to_thread(run_v3, core)
    recall, missed = await asyncio.to_thread(measure_recall, core, v2, intended)
    return judge(check, v2, v3, intended, recall, missed)


def judge(
    check: Check,
    v2: History,
    v3: History,
    intended: Mapping[str, Intended],
    recall: Recall,
    missed: tuple[str, ...],
) -> CheckResult:
    """Hold both histories against the list of what may differ."""
    found = differences(v2, v3)
    kinds = Counter(one.kind for one in found)
    unlisted = _unlisted(found, intended)
    findings = [_otherwise(kind, unlisted) for kind in sorted({one.kind for one in unlisted})]
    gone = [kind for kind, it in intended.items() if it.seen == "core" and not kinds[kind]]
    findings += [_gone(kind, intended[kind]) for kind in gone]
    findings += [_missed(name) for name in missed]
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0,
        recall=recall,
        evidence=(*_told(v2, v3, unlisted), *_listed(kinds, intended), _power(recall, missed)),
        findings=tuple(findings),
    )


def measure_recall(
    core: CoreConfig, v2: History, intended: Mapping[str, Intended]
) -> tuple[Recall, tuple[str, ...]]:
    """How many wrong v3s are told from v2, and the names of those that are not."""
    histories = [(name, run_v3(mutant)) for name, mutant in mutants_of(core)]
    histories += list(wrong_orders_of(run_v3(core)))
    missed = tuple(
        name for name, history in histories if not _unlisted(differences(v2, history), intended)
    )
    return Recall(caught=len(histories) - len(missed), seeded=len(histories)), missed


def _unlisted(found: list[Difference], intended: Mapping[str, Intended]) -> list[Difference]:
    """Differences that the core is not meant to show."""
    listed = {kind for kind, it in intended.items() if it.seen == "core"}
    return [one for one in found if one.kind not in listed]


def _not_tried(v2: History) -> str:
    """What v2 should have met on the tape and did not."""
    reasons = {why for life in v2.lives for why, _ in life.exits}
    missing = sorted(TRIED - reasons)
    entered = [one.quantity is not None for one in v2.decisions]
    if all(entered):
        missing.append("denial")
    if not any(entered):
        missing.append("entry")
    return ", ".join(missing)


def _told(v2: History, v3: History, unlisted: list[Difference]) -> tuple[Evidence, ...]:
    entries, denials = (
        sum((one.quantity is not None) is entered for one in v2.decisions)
        for entered in (True, False)
    )
    same = len(set(v2.decisions) & set(v3.decisions))
    return (
        Evidence(
            what="signals on one tape, with the quantity that was entered on each",
            measured=f"{same} of {len(v2.decisions)} the same: {entries} entries of v2,"
            f" {denials} denials; v3 had {len(v3.decisions)} signals",
            limit="all",
            source=SOURCE,
        ),
        Evidence(
            what="differences that are not listed",
            measured=str(len(unlisted)),
            limit="0",
            source=LISTED,
        ),
    )


def _listed(kinds: Counter[str], intended: Mapping[str, Intended]) -> tuple[Evidence, ...]:
    """Each intended difference with its reason, and how often it was seen."""
    return tuple(
        Evidence(
            what=f"intended difference: {kind}",
            measured=f"{kinds[kind]} seen" if it.seen == "core" else "shows on the wire alone",
            limit=" ".join(it.reason.split()),
            source=LISTED,
        )
        for kind, it in intended.items()
    )


def _power(recall: Recall, missed: tuple[str, ...]) -> Evidence:
    return Evidence(
        what="wrong v3s that this check told from v2",
        measured=f"{recall.caught} of {recall.seeded}" + "".join(f"; not: {it}" for it in missed),
        limit="all",
        source="cores with one rule changed, and orders that v3 must never send",
    )


def _otherwise(kind: str, unlisted: list[Difference]) -> Finding:
    cases = [one.what for one in unlisted if one.kind == kind]
    more = f"; and {len(cases) - SHOWN} more" if len(cases) > SHOWN else ""
    return Finding(
        rule_id=f"v2-compatibility-{kind.replace('_', '-')}",
        severity=Severity.CRITICAL,
        message=f"{len(cases)} times other than v2 ({kind}): {'; '.join(cases[:SHOWN])}{more}",
        fix=f"Restore v2's rule in v3, or list the kind with its reason in {LISTED}",
        location=Location(path=LISTED),
    )


def _gone(kind: str, listed: Intended) -> Finding:
    return Finding(
        rule_id="v2-compatibility-not-seen",
        severity=Severity.HIGH,
        message=f"v3 does not differ in {kind} any more, though it is meant to: {listed.reason}",
        fix=f"Find what took it away, or take the line out of {LISTED}",
        location=Location(path=LISTED),
    )


def _missed(name: str) -> Finding:
    return Finding(
        rule_id="v2-compatibility-blind",
        severity=Severity.HIGH,
        message=f"a v3 with a wrong rule ({name}) looked the same as the right one",
        fix="Lengthen the tape of readiness/compatibility/tape.py until that rule shows",
        location=Location(path="readiness/compatibility/tape.py"),
    )
