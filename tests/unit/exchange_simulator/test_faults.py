"""Plans for several exchanges: each rule finds those that can carry it out, or none and says so."""

from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.errors import BadInput
from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.faults import Faults, check_plan
from exchange_simulator.world import PROTOCOLS, WorldOptions, build_world
from tests.unit.exchange_simulator.builders import START_US
from tests.unit.exchange_simulator.fault_plans import plan


def test_every_fault_has_variants_and_a_place_or_a_reason_on_every_exchange() -> None:
    """What an exchange does not have is told apart by a sentence."""
    for name, kind in FAULTS.items():
        for market in PROTOCOLS:
            assert (market in kind.variants) is not (market in kind.absent), (name, market)
            assert kind.timed or not kind.where or market in {*kind.where, *kind.absent}


@pytest.mark.parametrize("market", ["binance", "okx"])
def test_a_fault_without_a_meaning_is_refused_with_the_reason(tmp_path: Path, market: str) -> None:
    """Named by its market at reading, and otherwise when the exchange is served alone."""
    with pytest.raises(BadInput, match=f"F15 has no meaning on {market}: stops are orders"):
        plan(tmp_path, {"fault": "F15", "market": market})
    read = plan(tmp_path, {"fault": "F15"})
    with pytest.raises(BadInput, match=f"F15.*no meaning on {market}"):
        check_plan(read, (market,))
    check_plan(read, ("bybit", market))


@pytest.mark.parametrize(
    ("rule", "markets", "text"),
    [
        ({"fault": "F9", "variant": "10006"}, ("binance", "okx"), "asks for 10006"),
        ({"fault": "F9", "market": "okx"}, ("bybit",), "asks for okx"),
        ({"fault": "F3", "variant": "restart"}, ("okx",), "asks for restart"),
    ],
)
def test_a_rule_that_no_served_exchange_can_carry_out_is_refused(
    tmp_path: Path, rule: dict[str, Any], markets: tuple[str, ...], text: str
) -> None:
    """It would otherwise be waited for in vain."""
    with pytest.raises(BadInput, match=text):
        build_world(WorldOptions(markets=markets, faults=plan(tmp_path, rule)), START_US)


def test_an_unknown_market_or_variant_is_named_with_the_known_ones(tmp_path: Path) -> None:
    """One sentence, with the place in the plan."""
    with pytest.raises(BadInput, match=r"fault 1: unknown market 'kraken'; known are bybit"):
        plan(tmp_path, {"fault": "F1", "market": "kraken"})
    with pytest.raises(BadInput, match=r"fault 1: unknown variant '10006'; known are -1003"):
        plan(tmp_path, {"fault": "F9", "market": "binance", "variant": "10006"})


def test_each_exchange_takes_its_own_variant_and_place(tmp_path: Path) -> None:
    """A rule without both strikes where orders are made, in each one's own words."""
    read = plan(tmp_path, {"fault": "F2"})
    places = {
        "bybit": ("/v5/order/create", "10016"),
        "binance": ("POST /fapi/v1/order", "-1007"),
        "okx": ("POST /api/v5/trade/order", "50004"),
    }
    for market, (place, variant) in places.items():
        rule = Faults(read, START_US, market).draw(("F2",), place, START_US)
        assert rule is not None
        assert rule.variant == variant
        assert Faults(read, START_US, market).draw(("F2",), "elsewhere", START_US) is None


def test_a_rule_of_one_market_leaves_the_others_alone(tmp_path: Path) -> None:
    """And does not change what they draw."""
    rules = ({"fault": "F1", "probability": 0.5}, {"fault": "F2", "market": "okx"})
    alone, both = plan(tmp_path, rules[0]), plan(tmp_path, *rules)
    drawn = []
    for read in (alone, both):
        faults = Faults(read, START_US, "bybit")
        drawn.append(
            [faults.draw(("F1", "F2"), "/v5/order/create", START_US) is None for _ in range(50)]
        )
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 2


def test_one_plan_disturbs_every_exchange_of_a_world(tmp_path: Path) -> None:
    """A silence in the middle strikes each."""
    read = plan(tmp_path, {"fault": "F6", "at_s": 1, "duration_s": 5})
    world = build_world(WorldOptions(markets=PROTOCOLS, faults=read), START_US)
    for exchange in world.values():
        exchange.advance(START_US + 2_000_000)
        reply = exchange.request(method="GET", target="/simulator/faults", headers={})
        assert b'"fault":"F6"' in reply.body
