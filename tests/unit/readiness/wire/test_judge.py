"""The judge: every rule has its words, and repeated mistakes are one finding."""

from __future__ import annotations

from readiness.check import Severity
from readiness.wire.judge import RULES, judge_traffic
from readiness.wire.words import Command, Fate, Traffic


def nameless(at_us: int) -> Command:
    """An order without an id."""
    return Command(
        ts_us=at_us,
        kind="create",
        symbol="BTCUSDT",
        leg="long",
        side="buy",
        qty="0.01",
        fate=Fate.ACCEPTED,
    )


def test_repeated_mistakes_are_one_finding_with_their_number() -> None:
    """The first place is named with its exchange, the others are counted, the scenario is where."""
    traffic = Traffic(exchange="binance", ended_us=9, commands=(nameless(1), nameless(2)))
    (found,) = judge_traffic(traffic, "calm")
    said = "binance: buy 0.01 BTCUSDT on leg long has no id of its own, and 1 times more"
    assert found.message == said
    assert str(found.location) == "wire/calm"


def test_every_rule_says_how_bad_it_is_and_how_to_mend_it() -> None:
    """Sixteen rules without a gap; those that can lose money at once are critical."""
    assert list(RULES) == [f"W{number:02}" for number in range(1, 17)]
    assert all(rule.fix for rule in RULES.values())
    critical = {name for name, rule in RULES.items() if rule.severity is Severity.CRITICAL}
    assert critical == {"W02", "W03", "W04", "W05", "W11", "W12", "W13"}


def test_nothing_sent_breaks_nothing() -> None:
    """An empty session is no finding; that it proves nothing is told elsewhere."""
    assert judge_traffic(Traffic(exchange="okx", ended_us=1), "calm") == []
