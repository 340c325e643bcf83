"""Judges two measured bots, and its own power on samples with mistakes planted in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from readiness.check import CheckResult, Evidence, Finding, FindingKind, Outcome, Recall, Severity
from readiness.context import Check
from readiness.report import NOT_MEASURED
from readiness.settings import Performance
from readiness.speed.race import Measured
from readiness.speed.ratio import Ratio, percentile, ratio_of_medians
from readiness.speed.samples import Sample

__all__ = ["judge", "measure_recall"]

LATER = (1.02, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)  # Times the median that the new bot may have.
TOO_SLOW, TOO_LATE, TOO_LARGE, NOT_YET = "P01", "P02", "P03", "P04"
FASTER = "Profile the way from candle to order with --profile, and take off it what can wait"
LONGER = (
    "measure for longer (performance.full_session_s), on a quieter machine, or let the bots follow "
    "more candles"
)
SMALLER = "Find what grows, with memray or tracemalloc, and bound it"


def judge(check: Check, old: Measured | None, new: Measured, rules: Performance) -> CheckResult:
    """FAILED where a bound is broken, BLOCKED where the numbers do not decide.

    Without an old bot only the bounds of the new one are judged.
    """
    both = [one for one in (old, new) if one is not None]
    least = min(both, key=lambda one: len(one.series.samples))
    few = len(least.series.samples)
    ratio = ratio_of_medians(old.latencies_ms, new.latencies_ms) if old is not None else None
    enough = few >= rules.samples_min
    findings = _findings(ratio, new, rules) if enough else []
    inconclusive = ""
    if not enough:
        needed = f"{rules.samples_min} are needed"
        inconclusive = f"inconclusive: {few} orders of {least.name} followed a candle, {needed}"
    elif ratio is not None and ratio.low < rules.ratio_min <= ratio.high:
        inconclusive = f"inconclusive: {_interval(ratio)} holds the margin {rules.ratio_min:g}"
    outcome = Outcome.FAILED if findings else Outcome.PASSED
    if inconclusive and not findings:
        outcome = Outcome.BLOCKED
    if outcome is Outcome.PASSED and ratio is not None and ratio.low < rules.ratio_wanted:
        findings = [_wish(ratio, rules)]
    return CheckResult(
        name=check.name,
        outcome=outcome,
        is_critical=check.is_critical,
        coverage_ratio=0.0 if outcome is Outcome.BLOCKED else 1.0,
        reason=inconclusive,
        remedy=LONGER if inconclusive else "",
        evidence=tuple(_evidence(old, new, ratio, rules)),
        findings=tuple(findings),
        performance=_compared(old, new) if few else {},
        drawings={
            f"{one.name}: where the processor's time goes": one.flames for one in both if one.flames
        },
    )


def _findings(ratio: Ratio | None, new: Measured, rules: Performance) -> list[Finding]:
    found = []
    if ratio is not None and ratio.high < rules.ratio_min:
        found.append(_finding(TOO_SLOW, f"v3 is not faster than v2: {_interval(ratio)}", FASTER))
    p99 = percentile(new.latencies_ms, 99)
    if percentile(new.latencies_ms, 50) > rules.order_latency_max_ms:
        late = f"half of v3's orders come later than {rules.order_latency_max_ms} ms"
        found.append(_finding(TOO_LATE, f"{late} (p99 {p99:.1f} ms)", FASTER))
    if new.memory_mib > rules.memory_max_mib:
        large = f"v3 holds {new.memory_mib:.0f} MiB, allowed are {rules.memory_max_mib}"
        found.append(_finding(TOO_LARGE, large, SMALLER))
    return found


def _finding(rule_id: str, message: str, fix: str) -> Finding:
    seen = Evidence(what="measured on the wire", measured=message)
    return Finding(
        rule_id=rule_id, severity=Severity.HIGH, message=message, fix=fix, evidence=(seen,)
    )


def _wish(ratio: Ratio, rules: Performance) -> Finding:
    """Faster than it must be, and not surely as fast as it should be: told, not judged."""
    message = f"{_interval(ratio)}; {rules.ratio_wanted:g} times are wanted"
    found = _finding(NOT_YET, message, FASTER)
    return replace(found, severity=Severity.LOW, kind=FindingKind.INFORMATIONAL)


def _interval(ratio: Ratio) -> str:
    return f"v2 takes {ratio.value:.2f} times as long (95 %: {ratio.low:.2f} to {ratio.high:.2f})"


def _evidence(
    old: Measured | None, new: Measured, ratio: Ratio | None, rules: Performance
) -> list[Evidence]:
    rows = []
    if old is not None and ratio is not None:
        rows.append(
            Evidence(
                what="ratio of the medians of candle to order, the bots in turn on one machine: "
                f"{new.blocks} blocks of {new.seconds / new.blocks:.1f} s each",
                measured=_interval(ratio),
                limit=f"at least {rules.ratio_min:g}",
                source=f"{old.recording}, {new.recording}",
            )
        )
    rows += [row for one in (old, new) if one is not None for row in _of_one(one, new, rules)]
    return rows


def _of_one(one: Measured, new: Measured, rules: Performance) -> list[Evidence]:
    """What was measured of one bot; a bound is the new one's only."""
    is_new = one is new
    rows = [
        Evidence(
            what=f"{one.name}: from the candle in its hands to its order at the exchange",
            measured=f"n {len(one.latencies_ms)} of {one.series.candles} candles, "
            + _percentiles(one.latencies_ms),
            limit=f"median at most {rules.order_latency_max_ms} ms" if is_new else "",
            source=one.recording,
        )
    ]
    if one.series.sends_ms:
        rows.append(
            Evidence(
                what=f"{one.name}: from the time written on an order to the exchange",
                measured=f"n {len(one.series.sends_ms)}, {_percentiles(one.series.sends_ms)}",
                source=one.recording,
            )
        )
    rows.append(
        Evidence(
            what=f"{one.name}: the machine, all {one.processes} processes, while its market moved",
            measured=f"{one.memory_mib:.0f} MiB at most, {one.cpu_s / one.seconds:.2f} cores; its "
            f"PostgreSQL beside it {one.database_cpu_s / one.seconds:.2f} cores",
            limit=f"{rules.memory_max_mib} MiB" if is_new else "",
        )
    )
    if one.series.waits_ms:
        waits = _percentiles(one.series.waits_ms)
        what = f"{one.name}: wait from a candle's close until it asks, not counted above"
        rows.append(Evidence(what=what, measured=waits))
    if one.flames_missing:
        rows.append(Evidence(what=f"{one.name}: flame graph", measured=one.flames_missing))
    return rows


def _percentiles(values: Sequence[float]) -> str:
    p50, p99 = (percentile(values, percent) for percent in (50, 99))
    return f"median {p50:.2f} ms, p99 {p99:.2f} ms"


def _compared(old: Measured | None, new: Measured) -> dict[str, dict[str, str]]:
    """In the user's words; what improves by getting smaller is told as what is saved."""
    rows: dict[str, dict[str, str]] = {}
    both = (old, new)
    for name, percent in (("signal_latency", 50), ("signal_latency_p99", 99)):
        rows[name] = _row(
            [percentile(one.latencies_ms if one else (), percent) for one in both], "ms", 1
        )
    rows["order_latency"] = _row(
        [percentile(one.series.sends_ms if one else (), 50) for one in both], "ms", 1
    )
    waits = [percentile(one.series.waits_ms if one else (), 50) for one in both]
    if not all(math.isnan(value) for value in waits):
        rows["polling_wait"] = _row(waits, "ms", 0)
    rows["memory"] = _row([_of(one, "memory_mib") for one in both], "MiB", 0)
    rows["cpu"] = _row([_of(one, "cpu_s") / new.seconds for one in both], " cores", 2)
    rates = [len(one.series.samples) / one.seconds if one else math.nan for one in both]
    rows["throughput"] = _row(rates, " orders/s", 2)
    if rates[0] > 0:  # Here more is better.
        rows["throughput"]["improvement"] = f"{(rates[1] / rates[0] - 1) * 100:.0f}%"
    return rows


def _of(one: Measured | None, name: str) -> float:
    return math.nan if one is None else float(getattr(one, name))


def _row(values: Sequence[float], unit: str, digits: int) -> dict[str, str]:
    """Both values and what is saved; what was not measured is said to be so."""
    old, new = values
    told = [NOT_MEASURED if math.isnan(one) else f"{one:.{digits}f}{unit}" for one in values]
    known = old > 0 and not math.isnan(new)
    saved = f"{(1 - new / old) * 100:.0f}%" if known else NOT_MEASURED
    return {"v2": told[0], "v3": told[1], "improvement": saved}


def measure_recall(check: Check, old: Measured | None, new: Measured, rules: Performance) -> Recall:
    """How many planted mistakes turn a result that is PASSED without them."""
    planted = [plant(new, rules) for plant in _MISTAKES]
    allowed_ms = float(rules.order_latency_max_ms)
    if old is not None:
        allowed_ms = percentile(old.latencies_ms, 50) / rules.ratio_min
    has_ms = percentile(new.latencies_ms, 50)
    planted += [_later(new, allowed_ms * times - has_ms) for times in LATER]
    outcomes = [judge(check, old, mistaken, rules).outcome for mistaken in planted]
    caught = sum(outcome is not Outcome.PASSED for outcome in outcomes)
    return Recall(caught=caught, seeded=len(outcomes))


def _later(new: Measured, by_ms: float) -> Measured:
    """Every order comes later."""
    late = [
        replace(sample, ordered_us=sample.ordered_us + int(by_ms * 1000))
        for sample in new.series.samples
    ]
    return _with(new, tuple(late))


def _dropped(new: Measured, rules: Performance) -> Measured:
    """Orders are lost until too few are left."""
    return _with(new, new.series.samples[: rules.samples_min - 1])


def _swollen(new: Measured, rules: Performance) -> Measured:
    """The process holds one MiB more than it may."""
    return replace(new, memory_mib=rules.memory_max_mib + 1.0)


def _beyond(new: Measured, rules: Performance) -> Measured:
    """Every order comes later than it may."""
    return _later(new, float(rules.order_latency_max_ms))


def _with(new: Measured, samples: tuple[Sample, ...]) -> Measured:
    return replace(new, series=replace(new.series, samples=samples))


_MISTAKES: tuple[Callable[[Measured, Performance], Measured], ...] = (
    _dropped,
    _swollen,
    _beyond,
)
