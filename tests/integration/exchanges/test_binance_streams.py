"""What Binance's streams need beside the contract: a key that is kept alive, money that is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.messages import StreamDown
from bot_trading.domain.reports import (
    FundingReport,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderRejected,
)
from tests.builders.client_contract import VENUES, Market, living, running_market
from tests.builders.waiting import wait_until

BINANCE = next(venue for venue in VENUES if venue.exchange == "binance")
LONG, SHORT = BINANCE.long, BINANCE.short


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Four minutes before a settlement; one order comes too late, one answer says nothing."""
    plan = tmp_path_factory.mktemp("streams") / "faults.yaml"
    plan.write_text(
        "seed: 7\nfaults:\n"
        "  - {market: binance, fault: F10, times: 1}\n"
        "  - {market: binance, fault: F2, variant: '503', times: 1}\n"
    )
    with running_market("--start", "2026-01-05T07:56:00", "--faults", str(plan)) as running:
        yield running


async def test_late_and_ambiguous_orders_are_told_apart_and_funding_finds_its_leg(
    market: Market,
) -> None:
    """-1021 proves a refusal, 503 proves nothing; a settlement is told of each leg, once."""
    async with living(BINANCE, market.client(BINANCE, listen_key_interval_ms=100)) as life:
        late = await life.client.place_order(life.order("late", LONG))
        assert isinstance(late, OrderRejected)
        assert late.code == "-1021"
        unsaid = await life.client.place_order(life.order("long-in", LONG))
        assert isinstance(unsaid, OrderOutcomeUnknown)
        await wait_until(lambda: life.filled_qty("long-in") == Decimal("0.010"))
        again = await life.client.place_order(life.order("long-in", LONG))
        assert isinstance(again, OrderAccepted)
        await life.filled(life.order("short-in", SHORT, quantity=Decimal("0.020")))

        await wait_until(lambda: len(life.of(FundingReport)) >= 2)
        paid = {report.trade_id: report for report in life.of(FundingReport)}
        legs = {report.position_idx: report.amount for report in paid.values()}
        assert set(legs) == {PositionIdx.LONG, PositionIdx.SHORT}
        unrounded = abs(legs[PositionIdx.SHORT] + 2 * legs[PositionIdx.LONG])
        assert unrounded <= Decimal("0.00000002") < abs(legs[PositionIdx.LONG])
        snapshot = await life.snapshot()
        listed = {report.trade_id: report.amount for report in snapshot.funding}
        assert listed == {name: report.amount for name, report in paid.items()}

        await asyncio.sleep(0.3)  # Long enough for the listen key to be prolonged a few times.
        assert not life.of(StreamDown)
        assert (await life.leg(LONG)).quantity == Decimal("0.010")
