"""Events and commands as values."""

from __future__ import annotations

import dataclasses
import typing

import pytest

from bot_trading.domain import messages
from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import HaltTrading, OrderDenied
from tests.builders.core import LONG, NOW_US


@pytest.mark.parametrize("union", [messages.Event, messages.Command])
def test_every_message_is_a_frozen_value(union: object) -> None:
    """Nobody can change a message on its way."""
    for kind in typing.get_args(union):
        assert dataclasses.is_dataclass(kind)
        assert vars(kind)["__dataclass_params__"].frozen, kind


def test_a_denial_reads_as_one_sentence() -> None:
    """Control, measured value, limit."""
    denied = OrderDenied(
        leg_id=LONG,
        signal_id="s",
        control="order_notional_max_usdt",
        measured="2000.1",
        limit="2000",
        ts_init_us=NOW_US,
    )
    assert str(denied) == "order_notional_max_usdt: 2000.1, limit 2000"


def test_a_halt_means_halted_unless_it_says_reducing() -> None:
    """The stricter state is the default."""
    assert HaltTrading(who="a", why="b", ts_init_us=1).state is TradingState.HALTED
