"""Refused and unknown are two answers, and each says what it is about."""

from __future__ import annotations

from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import OrderOutcomeUnknown, OrderRejected, ProtectionRefused
from bot_trading.exchanges import answers
from tests.builders.core import LONG


def test_an_answer_names_its_order_and_why() -> None:
    """With the exchange's own code where there is one."""
    refused = answers.rejected("ours-1", "51008", "no money")
    assert isinstance(refused, OrderRejected)
    assert (refused.client_order_id, refused.code, refused.reason) == (
        "ours-1",
        "51008",
        "no money",
    )
    lost = answers.unknown("ours-1", "no answer")
    assert isinstance(lost, OrderOutcomeUnknown)
    assert (lost.client_order_id, lost.reason) == ("ours-1", "no answer")


def test_a_protection_is_told_as_it_was_asked() -> None:
    """So that the core knows which wish failed."""
    wanted = LegProtection(leg_id=LONG, stop_loss=None, take_profit=None)
    told = answers.not_protected(wanted, answers.UNKNOWN, "no answer")
    assert isinstance(told, ProtectionRefused)
    assert (told.protection, told.code, told.reason) == (wanted, "unknown", "no answer")
