"""Two measured bots are judged by their numbers; what does not decide is never a pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from readiness.check import FindingKind, Outcome
from readiness.context import Check
from readiness.settings import read_settings
from readiness.speed.judge import judge, measure_recall
from readiness.speed.race import Measured
from readiness.speed.samples import Sample, Series

RULES = read_settings(Path(__file__).resolve().parents[4] / "config/readiness.yaml").performance
CHECK = Check(name="Performance", is_critical=False, run=None)


def measured(
    median_ms: float, count: int = 60, spread_ms: float = 1.0, memory: float = 90
) -> Measured:
    """A bot whose orders take about so long."""
    draw = Random(str(median_ms))
    samples = []
    for number in range(count):
        took_us = int((median_ms + draw.uniform(-spread_ms, spread_ms)) * 1000)
        held_us = number * 1_000_000
        samples.append(Sample(symbol="BTCUSDT", held_us=held_us, ordered_us=held_us + took_us))
    series = Series(samples=tuple(samples), candles=count, waits_ms=(100.0,), sends_ms=(2.0,))
    return Measured(name="bot", series=series, seconds=60.0, memory_mib=memory, cpu_s=6.0)


def test_a_faster_bot_passes_and_its_numbers_are_told() -> None:
    """Ten times as fast, with the user's words for it."""
    result = judge(CHECK, measured(30.0, spread_ms=0), measured(3.0, spread_ms=0), RULES)
    assert result.outcome is Outcome.PASSED
    assert not result.findings
    assert set(result.performance) == {
        *("signal_latency", "signal_latency_p99", "order_latency", "polling_wait"),
        *("memory", "cpu", "throughput"),
    }
    assert result.performance["signal_latency"]["improvement"] == "90%"
    assert result.performance["throughput"]["v3"] == "1.00 orders/s"


def test_faster_but_less_than_wanted_is_told_and_passes() -> None:
    """Twice as fast keeps the bound; the wish is information."""
    result = judge(CHECK, measured(30.0), measured(15.0), RULES)
    assert result.outcome is Outcome.PASSED
    assert [(one.rule_id, one.kind) for one in result.findings] == [
        ("P04", FindingKind.INFORMATIONAL)
    ]


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (measured(40.0), "P01"),
        (measured(60.0), "P02"),
        (measured(3.0, memory=2049), "P03"),
    ],
)
def test_what_breaks_a_bound_fails(new: Measured, rule: str) -> None:
    """Slower than v2, later than the bound, larger than the bound."""
    result = judge(CHECK, measured(30.0), new, RULES)
    assert result.outcome is Outcome.FAILED
    assert rule in {one.rule_id for one in result.findings}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (measured(30.5, spread_ms=20), "holds the margin 1"),
        (measured(3.0, count=19), "19 orders of bot followed a candle, 20 are needed"),
        (measured(3.0, count=0), "0 orders of bot"),
    ],
)
def test_numbers_that_do_not_decide_block(new: Measured, said: str) -> None:
    """Too few, or an interval over the margin: inconclusive, and said so."""
    result = judge(CHECK, measured(30.0, spread_ms=20), new, RULES)
    assert result.outcome is Outcome.BLOCKED
    assert result.reason.startswith("inconclusive: ")
    assert said in result.reason


def test_every_planted_mistake_is_seen() -> None:
    """Orders later, orders lost, a process too large: none of them passes."""
    recall = measure_recall(CHECK, measured(30.0), measured(3.0), RULES)
    assert recall.seeded == recall.caught == 10


def test_latencies_come_in_the_order_of_time() -> None:
    """Blocks of neighbours are neighbours in time, whatever the order of reading."""
    one = measured(3.0)
    turned = replace(one, series=replace(one.series, samples=one.series.samples[::-1]))
    assert turned.latencies_ms == one.latencies_ms


def test_a_new_bot_alone_is_held_to_its_own_bounds() -> None:
    """There is nothing to be faster than, and that is said, not made up."""
    result = judge(CHECK, None, measured(3.0), RULES)
    assert result.outcome is Outcome.PASSED
    assert result.performance["signal_latency"]["v2"] == "not measured"
    assert result.performance["memory"]["improvement"] == "not measured"
    assert judge(CHECK, None, measured(60.0), RULES).outcome is Outcome.FAILED
    recall = measure_recall(CHECK, None, measured(3.0), RULES)
    assert recall.seeded == recall.caught == 10


def test_a_drawing_and_the_lack_of_one_are_told() -> None:
    """The file's name goes to the report; why there is none stands among the evidence."""
    drawn = replace(measured(30.0), flames="flames-v2.svg")
    missing = replace(measured(3.0), flames_missing="no such program")
    result = judge(CHECK, drawn, missing, RULES)
    assert list(result.drawings.values()) == ["flames-v2.svg"]
    assert "no such program" in {row.measured for row in result.evidence}
