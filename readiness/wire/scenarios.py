"""What happens to a bot while it is judged: the declared scenarios, and what each rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MARKETS", "SCENARIOS", "Scenario", "plan_of", "quick_sessions", "sessions_of"]

MARKETS = ("bybit", "binance", "okx")
ORDERS = {
    "bybit": {"variant": "10006", "where": "/v5/order/c*"},
    "binance": {"variant": "-1003", "where": "POST /fapi/v1/order"},
    "okx": {"variant": "50011", "where": "POST /api/v5/trade/*order"},
}
SILENT_S = 55.0  # Longer than any bot may take to notice.
DOWN_S = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario. Times are seconds since the bot first knocked.

    `faults` are the rules of a fault plan, with what differs by exchange under `by_market`; those
    in `must_hit` must strike, or nothing is proved. `seconds` is how long it takes at least.
    `down_s` and `silent_s` are how long the exchange and its sockets stay away.
    """

    name: str
    faults: tuple[Mapping[str, Any], ...] = ()
    must_hit: tuple[str, ...] = ()
    by_market: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seconds: int = 0
    falls: bool = False
    restarts: bool = False
    other_mode: bool = False
    has_second: bool = False
    needs_sockets: bool = False
    down_s: float = 0.0
    silent_s: float = 0.0


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="calm"),
    Scenario(
        name="lost-answers",
        faults=({"fault": "F1", "probability": 0.5, "times": 4},),
        must_hit=("F1",),
    ),
    Scenario(
        name="unclear-answers",
        faults=({"fault": "F2", "probability": 0.5, "times": 4},),
        must_hit=("F2",),
    ),
    Scenario(
        name="disconnects",
        faults=({"fault": "F7", "at_s": [8]},),
        must_hit=("F7",),
        needs_sockets=True,
    ),
    Scenario(
        name="closed-door",
        faults=({"fault": "F7", "variant": "handshake", "at_s": [8], "duration_s": 15},),
        must_hit=("F7",),
        needs_sockets=True,
        seconds=45,
        down_s=15,
    ),
    Scenario(
        name="rate-limits",
        faults=({"fault": "F9", "probability": 0.4, "times": 6},),
        by_market=ORDERS,
        must_hit=("F9",),
    ),
    Scenario(name="cascade", falls=True, seconds=30),
    Scenario(
        name="silent",
        faults=({"fault": "F6", "at_s": [10], "duration_s": SILENT_S},),
        must_hit=("F6",),
        needs_sockets=True,
        seconds=75,
        silent_s=SILENT_S,
    ),
    Scenario(name="restart", restarts=True, seconds=35),
    Scenario(name="mode-mismatch", other_mode=True),
    Scenario(
        name="closed-behind",
        faults=({"fault": "F13", "at_s": [8, 12, 16, 20, 24]},),
        must_hit=("F13",),
        seconds=40,
    ),
    Scenario(
        name="failover",
        faults=({"fault": "F17", "variant": "restart", "at_s": [12], "duration_s": DOWN_S},),
        must_hit=("F17",),
        has_second=True,
        seconds=55,
        down_s=DOWN_S,
    ),
)
_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
QUICK = (
    *(("bybit", "calm"), ("bybit", "lost-answers"), ("binance", "disconnects")),
    *(("okx", "rate-limits"), ("bybit", "restart")),
)


def sessions_of(markets: Sequence[str]) -> list[tuple[str, Scenario]]:
    """Every scenario on each of these exchanges; failover needs a second one."""
    return [
        (market, scenario)
        for market in markets
        for scenario in SCENARIOS
        if len(markets) > 1 or not scenario.has_second
    ]


def quick_sessions(markets: Sequence[str]) -> list[tuple[str, Scenario]]:
    """A sample: every exchange, and those scenarios in which most goes wrong."""
    if len(markets) == 1:
        names = dict.fromkeys(name for _, name in QUICK)
        return [(markets[0], _BY_NAME[name]) for name in names]
    return [(market, _BY_NAME[name]) for market, name in QUICK if market in markets]


def plan_of(scenario: Scenario, market: str) -> str:
    """The fault plan for one exchange, which YAML reads; "" without faults."""
    if not scenario.faults:
        return ""
    own = scenario.by_market.get(market, {})
    rules = [{**rule, **own, "market": market} for rule in scenario.faults]
    return json.dumps({"seed": 5, "faults": rules})
