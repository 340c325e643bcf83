"""Refused and unknown are two answers, and each says what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from bot_trading.domain.messages import QueryOrder
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
)
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges import answers
from tests.builders.core import LONG, a_fill_report, an_order_report


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Answers the question for an order."""

    found: answers.Found | Exception

    async def __call__(self, query: QueryOrder) -> answers.Found:
        assert query == QUERY
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


QUERY = QueryOrder(leg_id=LONG, client_order_id="ours-1")


async def test_an_id_that_was_used_is_accepted_by_what_is_found() -> None:
    """The order's own report, or one of its fills, names it."""
    report = an_order_report(client_order_id="ours-1", exchange_order_id="x-1")
    fill = a_fill_report(client_order_id="ours-1", exchange_order_id="x-2")
    for found, named in (((report, ()), "x-1"), ((None, (fill,)), "x-2")):
        answer = await answers.look_up_accepted(QUERY, _Asked(found))
        assert isinstance(answer, OrderAccepted)
        assert (answer.client_order_id, answer.exchange_order_id) == ("ours-1", named)


async def test_an_id_that_was_used_is_unknown_until_it_is_found() -> None:
    """It was accepted once, so that nothing may say that it does not exist."""
    lost = OrderNotFound(client_order_id="ours-1", ts_init_us=1)
    for found in (lost, ExchangeUnavailable("gone")):
        answer = await answers.look_up_accepted(QUERY, _Asked(found))
        assert isinstance(answer, OrderOutcomeUnknown)
