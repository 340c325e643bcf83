"""v3's configuration as it ships, and the rules that v2 can follow too."""

from __future__ import annotations

import pytest

from bot_trading.engine.state import CoreConfig
from bot_trading.settings import core_config, load
from readiness.compatibility.rules import Rules, core_of, rules_of


@pytest.fixture(scope="session")
def shipped() -> CoreConfig:
    """The configuration that ships."""
    return core_config(load(), account="")


@pytest.fixture(scope="session")
def rules(shipped: CoreConfig) -> Rules:
    """What both bots are told."""
    return rules_of(shipped)


@pytest.fixture(scope="session")
def core(shipped: CoreConfig, rules: Rules) -> CoreConfig:
    """v3 with these rules."""
    return core_of(shipped, rules)
