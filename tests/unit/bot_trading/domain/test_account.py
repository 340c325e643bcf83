"""The words for accounts and what risk allows."""

from __future__ import annotations

from bot_trading.domain.account import PositionMode, TradingState, core_tag
from tests.builders.core import a_balance, d


def test_trading_states_are_written_as_the_glossary_spells_them() -> None:
    """They are stored and shown, so their text is part of the contract."""
    assert [str(state) for state in TradingState] == ["ACTIVE", "REDUCING", "HALTED"]
    assert [str(mode) for mode in PositionMode] == ["ONE_WAY", "HEDGE"]


def test_money_is_exact() -> None:
    """A balance keeps the decimals that the exchange sent."""
    assert a_balance("10000.10").equity == d("10000.10")


def test_a_tag_is_the_same_for_ever_and_tells_accounts_apart() -> None:
    """Six letters and digits, which every exchange takes in an id."""
    assert core_tag("main") == core_tag("main")
    tags = {core_tag(name) for name in ("main", "main2", "", "Main")}
    assert len(tags) == 4
    assert all(len(tag) == 6 and tag.isalnum() for tag in tags)
