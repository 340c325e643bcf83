"""Does the money add up? Legs and wallet as we booked them against what the exchange says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg

__all__ = ["fills_differences", "net_result", "wallet_difference"]


def net_result(legs: Iterable[PositionLeg]) -> Decimal:
    """What the legs did to the wallet, in quote coin: realised P&L − commission + funding."""
    return sum((leg.realized_pnl - leg.commission + leg.funding for leg in legs), start=Decimal(0))


def wallet_difference(
    wallet_before: Decimal,
    net_before: Decimal,
    wallet_after: Decimal,
    legs_after: Iterable[PositionLeg],
) -> Decimal:
    """Wallet change less what the legs explain of it; zero when every cent is accounted for."""
    explained = net_result(legs_after) - net_before
    return wallet_after - wallet_before - explained


def fills_differences(
    fills: Iterable[Fill], legs: Mapping[LegId, PositionLeg]
) -> tuple[tuple[LegId, Decimal, Decimal], ...]:
    """Legs whose quantity is not the signed sum of their fills: (leg, sum of fills, leg)."""
    sums: dict[LegId, Decimal] = {}
    for fill in fills:
        change = fill.last_qty if fill.is_opening else -fill.last_qty
        sums[fill.leg_id] = sums.get(fill.leg_id, Decimal(0)) + change
    zero = Decimal(0)
    return tuple(
        (leg_id, sums.get(leg_id, zero), legs[leg_id].quantity if leg_id in legs else zero)
        for leg_id in sorted(sums.keys() | legs.keys())
        if sums.get(leg_id, zero) != (legs[leg_id].quantity if leg_id in legs else zero)
    )
