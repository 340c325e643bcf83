"""Fault plans as users write them, for the tests of every exchange."""

from pathlib import Path
from typing import Any

import yaml

from exchange_simulator.faults import FaultPlan, Faults, load_plan
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import hedger, make_exchange


def plan(tmp_path: Path, *rules: dict[str, Any], seed: int = 5) -> FaultPlan:
    """Write a plan as a user does, and read it."""
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump({"seed": seed, "faults": list(rules)}))
    return load_plan(file)


def quiet_market() -> Exchange:
    """An hour that hardly moves, with one hedge-mode account."""
    exchange = make_exchange([str(60_000 + 20 * (number % 5)) for number in range(60)])
    hedger(exchange)
    return exchange


def struck(faults: Faults) -> list[tuple[str, str]]:
    """What was hit, as fault and variant."""
    return [(hit.fault, hit.variant) for hit in faults.hits]
