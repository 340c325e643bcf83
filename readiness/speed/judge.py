"""Judges two measured bots, and its own power on samples with mistakes planted in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from readiness.check import CheckResult, Evidence, Finding, FindingKind, Outcome, Recall, Severity
from readiness.context import Check
from readiness.settings import Performance
from readiness.speed.ratio import Ratio, percentile, ratio_of_medians
from readiness.speed.samples import Sample, Series

__all__ = ["Measured", "judge", "measure_recall"]

LATER = (1.02, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)  # Times the median that the new bot may have.
TOO_SLOW, TOO_LATE, TOO_LARGE, NOT_YET = "P01", "P02", "P03", "P04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One bot: what it did, for how long it was measured, and what it took of the machine."""

    series: Series
    seconds: float
    memory_mib: float
    cpu_s: float

    @property
    def latencies_ms(self) -> list[float]:
        """Candle to order, in the order of time."""
        ordered = sorted(self.series.samples, key=lambda sample: sample.ordered_us)
        return [sample.took_ms for sample in ordered]


def judge(check: Check, old: Measured, new: Measured, rules: Performance) -> CheckResult:
    """FAILED where a bound is broken, BLOCKED where the numbers do not decide."""
    few = min(len(old.series.samples), len(new.series.samples))
    ratio = ratio_of_medians(old.latencies_ms, new.latencies_ms)
    enough = few >= rules.samples_min
    findings = _findings(ratio, new, rules) if enough else []
    evidence = tuple(_evidence(old, new, ratio, rules))
    inconclusive = ""
    if not enough:
        inconclusive = f"inconclusive: {few} orders of one bot, {rules.samples_min} are needed"
    elif ratio.low < rules.ratio_min <= ratio.high:
        inconclusive = f"inconclusive: {_interval(ratio)} holds the margin {rules.ratio_min:g}"
    outcome = Outcome.FAILED if findings else Outcome.PASSED
    if inconclusive and not findings:
        outcome = Outcome.BLOCKED
    if outcome is Outcome.PASSED and ratio.low < rules.ratio_wanted:
        findings = [_wish(ratio, rules)]
    return CheckResult(
        name=check.name,
        outcome=outcome,
        is_critical=check.is_critical,
        coverage_ratio=0.0 if outcome is Outcome.BLOCKED else 1.0,
        reason=inconclusive,
        evidence=evidence,
        findings=tuple(findings),
        performance=_compared(old, new) if few else {},
    )


def _findings(ratio: Ratio, new: Measured, rules: Performance) -> list[Finding]:
    found = []
    if ratio.high < rules.ratio_min:
        found.append(
            _finding(
                TOO_SLOW,
                f"v3 is not faster than v2: {_interval(ratio)}",
                "Profile the way from candle to order, and take off it what can wait",
            )
        )
    p99 = percentile(new.latencies_ms, 99)
    if percentile(new.latencies_ms, 50) > rules.order_latency_max_ms:
        found.append(
            _finding(
                TOO_LATE,
                f"half of v3's orders come later than {rules.order_latency_max_ms} ms (p99 "
                f"{p99:.1f} ms)",
                "Profile the way from candle to order, and take off it what can wait",
            )
        )
    if new.memory_mib > rules.memory_max_mib:
        found.append(
            _finding(
                TOO_LARGE,
                f"v3 holds {new.memory_mib:.0f} MiB, allowed are {rules.memory_max_mib}",
                "Find what grows, with memray or tracemalloc, and bound it",
            )
        )
    return found


def _finding(rule_id: str, message: str, fix: str) -> Finding:
    seen = Evidence(what="measured on the wire", measured=message)
    return Finding(
        rule_id=rule_id, severity=Severity.HIGH, message=message, fix=fix, evidence=(seen,)
    )


def _wish(ratio: Ratio, rules: Performance) -> Finding:
    """Faster than it must be, and not surely as fast as it should be: told, not judged."""
    message = f"{_interval(ratio)}; {rules.ratio_wanted:g} times are wanted"
    fix = "Profile the way from candle to order for what can wait until the order has left"
    found = _finding(NOT_YET, message, fix)
    return replace(found, severity=Severity.LOW, kind=FindingKind.INFORMATIONAL)


def _interval(ratio: Ratio) -> str:
    return f"v2 takes {ratio.value:.2f} times as long (95 %: {ratio.low:.2f} to {ratio.high:.2f})"


def _evidence(old: Measured, new: Measured, ratio: Ratio, rules: Performance) -> list[Evidence]:
    rows = [
        Evidence(
            what="ratio of the medians of candle to order, both bots side by side on one machine",
            measured=_interval(ratio),
            limit=f"at least {rules.ratio_min:g}",
            source="speed-v2.recording.gz, speed-v3.recording.gz",
        )
    ]
    for name, one in (("v2", old), ("v3", new)):
        p50, p99 = (percentile(one.latencies_ms, percent) for percent in (50, 99))
        rows.append(
            Evidence(
                what=f"{name}: from the candle in its hands to its order at the exchange",
                measured=f"n {len(one.latencies_ms)} of {one.series.candles} candles, "
                f"median {p50:.2f} ms, p99 {p99:.2f} ms",
                limit=f"median at most {rules.order_latency_max_ms} ms" if one is new else "",
            )
        )
        cores = one.cpu_s / one.seconds
        rows.append(
            Evidence(
                what=f"{name}: the machine",
                measured=f"{one.memory_mib:.0f} MiB at most, {cores:.2f} cores",
                limit=f"{rules.memory_max_mib} MiB" if one is new else "",
            )
        )
    waited = percentile(old.series.waits_ms, 50)
    wait = Evidence(
        what="v2: wait from the candle's close until it asks, not counted above",
        measured=f"median {waited:.0f} ms",
    )
    return [*rows, wait]


def _compared(old: Measured, new: Measured) -> dict[str, Mapping[str, str]]:
    """In the user's words; what improves by getting smaller is told as what is saved."""
    rows: dict[str, Mapping[str, str]] = {}
    for name, percent in (("signal_latency", 50), ("signal_latency_p99", 99)):
        values = [percentile(one.latencies_ms, percent) for one in (old, new)]
        rows[name] = _row(values[0], values[1], "ms", digits=1)
    rows["memory"] = _row(old.memory_mib, new.memory_mib, "MiB", digits=0)
    rows["throughput"] = {
        side: f"{len(one.series.samples) / one.seconds:.2f} orders/s"
        for side, one in (("v2", old), ("v3", new))
    }
    return rows


def _row(old: float, new: float, unit: str, digits: int) -> dict[str, str]:
    saved = f"{(1 - new / old) * 100:.0f}%"
    return {"v2": f"{old:.{digits}f}{unit}", "v3": f"{new:.{digits}f}{unit}", "improvement": saved}


def measure_recall(check: Check, old: Measured, new: Measured, rules: Performance) -> Recall:
    """How many planted mistakes turn a result that is PASSED without them."""
    planted = [plant(old, new, rules) for plant in _MISTAKES]
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


def _dropped(_old: Measured, new: Measured, rules: Performance) -> Measured:
    """Orders are lost until too few are left."""
    return _with(new, new.series.samples[: rules.samples_min - 1])


def _swollen(_old: Measured, new: Measured, rules: Performance) -> Measured:
    """The process holds one MiB more than it may."""
    return replace(new, memory_mib=rules.memory_max_mib + 1.0)


def _beyond(_old: Measured, new: Measured, rules: Performance) -> Measured:
    """Every order comes later than it may."""
    return _later(new, float(rules.order_latency_max_ms))


def _with(new: Measured, samples: tuple[Sample, ...]) -> Measured:
    return replace(new, series=replace(new.series, samples=samples))


_MISTAKES: tuple[Callable[[Measured, Measured, Performance], Measured], ...] = (
    _dropped,
    _swollen,
    _beyond,
)
