"""Funding: bills without a leg, which the sign of the rate tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.reports import FundingReport
from bot_trading.exchanges.okx.funding import read_funding
from bot_trading.exchanges.okx.rest import Group
from tests.builders.okx_frames import TS_MS, btc_contracts
from tests.builders.scripted_okx import ScriptedOkx, answered

BILLS = "/api/v5/account/bills"
ARCHIVE = "/api/v5/account/bills-archive"
RATES = "/api/v5/public/funding-rate-history"
DAY_MS = 86_400_000


def bill(change: str, **changes: Any) -> dict[str, str]:
    """Funding of BTC-USDT-SWAP, some seconds after it was settled."""
    return {
        "billId": "1",
        "instId": "BTC-USDT-SWAP",
        "type": "8",
        "ccy": "USDT",
        "balChg": change,
        "ts": str(TS_MS + 3_000),
    } | changes


def rate(text: str, ts_ms: int = TS_MS) -> dict[str, str]:
    """A settled rate."""
    settled = {"fundingTime": str(ts_ms), "fundingRate": text, "realizedRate": text}
    return {"instId": "BTC-USDT-SWAP", **settled}


async def read(
    exchange: ScriptedOkx, *, since_ms: int = 0, market_ms: int = TS_MS
) -> tuple[list[FundingReport], list[str]]:
    """Read funding; also what was complained of."""
    seen: list[str] = []
    client = exchange.client()
    await client.open()
    try:
        found = await read_funding(
            client._rest,
            btc_contracts(),
            since_ms=since_ms,
            market_ms=market_ms,
            coin="USDT",
            complain=seen.append,
        )
    finally:
        await client.close()
    return list(found), seen


@pytest.mark.parametrize(
    ("settled", "change", "leg"),
    [
        ("0.0001", "-1.5", PositionIdx.LONG),
        ("0.0001", "1.5", PositionIdx.SHORT),
        ("-0.0001", "1.5", PositionIdx.LONG),
        ("-0.0001", "-1.5", PositionIdx.SHORT),
    ],
)
async def test_the_sign_of_the_rate_tells_the_leg(
    settled: str, change: str, leg: PositionIdx
) -> None:
    """A positive rate is paid by the long leg."""
    async with ScriptedOkx() as exchange:
        exchange.answers = {BILLS: [answered(bill(change))], RATES: [answered(rate(settled))]}
        (report,), seen = await read(exchange)
    assert (report.position_idx, report.amount) == (leg, Decimal(change))
    assert (report.trade_id, report.rate) == ("1", Decimal(settled))
    assert report.ts_event_us == (TS_MS + 3_000) * 1000
    assert not seen


@pytest.mark.parametrize(
    "rates",
    [[], [rate("0.0001", TS_MS + 60_000)], [rate("0.0001", TS_MS - 7_200_000)], [rate("0")]],
)
async def test_a_bill_without_its_rate_is_left_for_later(rates: list[dict[str, str]]) -> None:
    """A rate that is not told yet, or is another settlement's, proves no leg."""
    async with ScriptedOkx() as exchange:
        exchange.answers = {BILLS: [answered(bill("-1"))], RATES: [answered(*rates)]}
        found, seen = await read(exchange)
    assert not found
    assert seen == ["funding of BTC-USDT-SWAP whose rate is not told"]


async def test_bills_are_read_oldest_first_from_then_on() -> None:
    """Strangers' contracts and what is older are left out; each settlement has its own rate."""
    async with ScriptedOkx() as exchange:
        later = bill("2", billId="3", ts=str(TS_MS + 8 * 3_600_000 + 10))
        bills = (
            later,
            bill("-1", billId="2"),
            bill("9", billId="4", instId="X-USDT-SWAP"),
            bill("7", billId="5", ts="5"),
        )
        exchange.answers = {
            BILLS: [answered(*bills)],
            RATES: [answered(rate("0.0002", TS_MS + 8 * 3_600_000), rate("0.0001"))],
        }
        found, _ = await read(exchange, since_ms=TS_MS)
        query = next(seen.query for seen in exchange.seen if seen.path == BILLS)
    assert [(each.trade_id, each.rate) for each in found] == [
        ("2", Decimal("0.0001")),
        ("3", Decimal("0.0002")),
    ]
    assert f"begin={TS_MS}" in query
    assert "type=8" in query


@pytest.mark.parametrize(("days", "path"), [(6, BILLS), (7, ARCHIVE), (80, ARCHIVE)])
async def test_what_is_older_than_a_week_is_in_the_archive(days: int, path: str) -> None:
    """Each list serves its own span of time."""
    async with ScriptedOkx() as exchange:
        await read(exchange, since_ms=TS_MS - days * DAY_MS)
        assert path in {seen.path for seen in exchange.seen}


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"balChg": "0", "posBalChg": "-1.5"}, "-1.5"),
        ({"balChg": "", "posBalChg": "1.5", "subType": "173"}, "-1.5"),
        ({"balChg": "1.5", "posBalChg": "0", "subType": "174"}, "1.5"),
        ({"balChg": "-2", "posBalChg": "-2", "subType": "173"}, "-2"),
        ({"balChg": "0", "posBalChg": "0", "subType": "173"}, None),
        ({"balChg": "", "posBalChg": ""}, None),
        ({"balChg": "-1", "posBalChg": "1"}, None),
    ],
)
async def test_an_isolated_legs_funding_is_in_its_own_margin(
    changes: dict[str, str], amount: str | None
) -> None:
    """The money is wherever the bill tells it, subType tells its way, and none is no fact."""
    async with ScriptedOkx() as exchange:
        row = bill("0", **changes)
        exchange.answers = {BILLS: [answered(row)], RATES: [answered(rate("0.0001"))]}
        found, seen = await read(exchange)
    assert [report.amount for report in found] == ([Decimal(amount)] if amount else [])
    assert seen == ([] if amount else ["funding of BTC-USDT-SWAP whose amount is not told"])


@pytest.mark.parametrize(
    ("days", "group", "limit"), [(6, Group.BILLS, 10), (7, Group.OLD_BILLS, 5)]
)
async def test_each_list_of_bills_has_its_own_limit(days: int, group: Group, limit: int) -> None:
    """The archive takes half as many requests in two seconds as the list of seven days."""
    seen: list[str] = []
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        await read_funding(
            client._rest,
            btc_contracts(),
            since_ms=TS_MS - days * DAY_MS,
            market_ms=TS_MS,
            coin="USDT",
            complain=seen.append,
        )
        lane = client._rest._lanes[group]
        left = [lane.try_enter(urgent=True) for _ in range(limit)]
    assert left == [True] * (limit - 1) + [False]
