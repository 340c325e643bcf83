"""Funding as OKX books it: bills without a leg, which the sign of the rate tells.

The money is in balChg, or in posBalChg where it left an isolated leg's own margin; subType tells
whether it was paid or received.

At a positive rate a long leg pays and a short one receives, at a negative rate the other way round.
A bill whose rate is not told yet is complained of and left for the next reading, and so is one
without an amount or with two that contradict.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId, PositionIdx
from bot_trading.domain.market import FundingRate
from bot_trading.domain.order import OrderSide
from bot_trading.domain.reports import FundingReport
from bot_trading.exchanges.figures import number
from bot_trading.exchanges.okx import reads, wire
from bot_trading.exchanges.okx.config import EXCHANGE
from bot_trading.exchanges.okx.contracts import Contracts, symbol_of
from bot_trading.exchanges.okx.reports import Complain
from bot_trading.exchanges.okx.rest import Group, SignedRest

__all__ = ["read_funding"]

RECENT_MS = 7 * 86_400_000 - 3_600_000  # account/bills lists seven days, the archive three months.
FUNDING_TYPE = "8"
SIGNS = {"173": -1, "174": 1}  # By subType: paid, received.
LATE_MAX_US = 1_800_000_000  # A bill follows its settlement within seconds, never half an hour.
RATES_MAX = 100


async def read_funding(
    rest: SignedRest,
    contracts: Contracts,
    *,
    since_ms: int,
    market_ms: int,
    coin: str,
    complain: Complain,
) -> tuple[FundingReport, ...]:
    """Funding paid and received from `since_ms` on, oldest first; 0 asks for the last week."""
    is_recent = since_ms == 0 or market_ms - since_ms < RECENT_MS
    path = "/api/v5/account/bills" if is_recent else "/api/v5/account/bills-archive"
    group = Group.BILLS if is_recent else Group.OLD_BILLS
    params = {**reads.SWAPS, "type": FUNDING_TYPE, "ccy": coin}
    params |= {"begin": str(since_ms)} if since_ms else {}
    rows = await reads.read_pages(
        rest, path, params, group, wire.decode_bill, lambda row: row.bill_id
    )
    ours = [row for row in rows if row.ts >= since_ms and contracts.knows(row.inst_id)]
    rates = {
        symbol: await reads.read_funding_rates(
            rest, InstrumentId(EXCHANGE, symbol), RATES_MAX, coin
        )
        for symbol in sorted({symbol_of(row.inst_id) for row in ours})
    }
    found = []
    for row in sorted(ours, key=lambda row: row.ts):
        amount, rate = _amount(row), _rate_at(row.ts * 1000, rates[symbol_of(row.inst_id)])
        if not amount:
            complain(f"funding of {row.inst_id[:40]} whose amount is not told")
        elif not rate:
            complain(f"funding of {row.inst_id[:40]} whose rate is not told")
        else:
            found.append(_report(row, amount, rate))
    return tuple(found)


def _amount(row: wire.BillRow) -> Decimal | None:
    """What was received, or paid below zero; None where the bill tells none, or of both kinds."""
    told = (("balChg", row.bal_chg), ("posBalChg", row.pos_bal_chg))
    changes = {value for name, text in told if text and (value := number(text, name))}
    amount = changes.pop() if len(changes) == 1 else None
    sign = SIGNS.get(row.sub_type)
    if amount is None or sign is None:
        return amount
    return amount.copy_abs() * sign


def _report(row: wire.BillRow, amount: Decimal, rate: Decimal) -> FundingReport:
    is_long = (rate > 0) != (amount > 0)
    return FundingReport(
        exchange=EXCHANGE,
        symbol=symbol_of(row.inst_id),
        trade_id=row.bill_id,
        side=OrderSide.BUY if is_long else OrderSide.SELL,
        position_idx=PositionIdx.LONG if is_long else PositionIdx.SHORT,
        amount=amount,
        rate=rate,
        ts_event_us=row.ts * 1000,
        ts_init_us=now_us(),
    )


def _rate_at(ts_us: int, rates: tuple[FundingRate, ...]) -> Decimal | None:
    """The rate settled last before a moment, unless that was too long ago to be its cause."""
    for rate in reversed(rates):
        if rate.ts_settled_us <= ts_us:
            return rate.rate if ts_us - rate.ts_settled_us <= LATE_MAX_US else None
    return None
