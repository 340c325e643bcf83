"""One drive of a control: an order and a world just inside its limit, at it, just outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot_trading.domain.order import OrderIntent
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.view import RiskView
from readiness.checks.risk_world import TINY, base_intent, base_view

__all__ = ["BELOW_AT_ABOVE", "BINDS_AT", "Drive", "around", "drive", "told", "views"]

BELOW_AT_ABOVE, BINDS_AT = (True, True, False), (True, False, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Three steps of one control, and which of them pass; `told` are the measured values."""

    control: str
    article: str
    measures: str
    limit: str
    told: tuple[str, str, str]
    steps: tuple[tuple[OrderIntent, RiskView], ...]
    passes: tuple[bool, bool, bool]


def around(limit: Decimal) -> list[Decimal]:
    """Just below a limit, at it, and just above."""
    return [limit - TINY, limit, limit + TINY]


def views(
    control: str,
    article: str,
    limits: RiskLimits,
    measures: str,
    values: list[Any],
    limit: object,
    passes: tuple[bool, bool, bool] = BELOW_AT_ABOVE,
) -> Drive:
    """A drive of the usual order through three worlds that differ in what `measures` names."""
    world = base_view(limits)
    steps = [(base_intent(limits), replace(world, **{measures: each})) for each in values]
    return drive(
        control, article, measures, steps, [told(each) for each in values], str(limit), passes
    )


def told(value: object) -> str:
    """A measured value as the report shows it."""
    if isinstance(value, Decimal):
        return f"{round(value, 8):f}"
    return str(value) or "nothing"


def drive(
    control: str,
    article: str,
    measures: str,
    steps: list[tuple[OrderIntent, RiskView]],
    told: list[str],
    limit: str,
    passes: tuple[bool, bool, bool] = BELOW_AT_ABOVE,
) -> Drive:
    """A drive from its three steps and their measured values."""
    return Drive(
        control=control,
        article=article,
        measures=measures,
        limit=limit,
        told=(told[0], told[1], told[2]),
        steps=tuple(steps),
        passes=passes,
    )
