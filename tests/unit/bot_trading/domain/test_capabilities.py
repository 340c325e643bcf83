"""What each exchange can do is a table."""

from __future__ import annotations

from bot_trading.domain.capabilities import CAPABILITIES, Capabilities, capabilities_of
from bot_trading.exchange_settings import EXCHANGES


def test_every_exchange_of_the_bot_has_a_row() -> None:
    """And each lets a stop of the whole leg rest, without which a leg could not be protected."""
    assert set(CAPABILITIES) == set(EXCHANGES)
    assert all(can.leg_stop for can in CAPABILITIES.values())


def test_only_binance_takes_no_stop_with_the_entry() -> None:
    """Its conditional orders are sent once the leg is there."""
    without = {name for name, can in CAPABILITIES.items() if not can.attached_stop}
    assert without == {"binance"}


def test_an_exchange_that_the_table_does_not_name_can_do_nothing_special() -> None:
    """Unknown is never taken for able."""
    assert capabilities_of("elsewhere") == Capabilities()


def test_only_bybit_trails_a_whole_leg() -> None:
    """Elsewhere what trails has a quantity of its own, which does not follow the leg."""
    assert {name for name, can in CAPABILITIES.items() if can.native_trailing} == {"bybit"}
