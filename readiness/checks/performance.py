"""Performance: is the new bot faster from a closed candle to its order than the old one?

Both trade over real sockets and are read out of what their exchanges recorded; readiness/speed
holds what is a sample, and docs/readiness.md says what is left out of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from readiness.check import CheckResult, Outcome
from readiness.context import Check, Context, Scope, blocked
from readiness.settings import Performance
from readiness.speed.bots import measure_bots
from readiness.speed.judge import Measured, judge, measure_recall
from readiness.wire.bots import BotFailed
from readiness.wire.exchange import ExchangeFailed

__all__ = ["run"]


async def run(check: Check, context: Context) -> CheckResult:
    """Measure both bots for the seconds of the scope, and judge them."""
    rules = context.settings.performance
    is_quick = context.scope is Scope.QUICK
    seconds = rules.quick_session_s if is_quick else rules.full_session_s
    found: list[Measured] = []
    reasons: list[str] = []
    try:
        found += await measure_bots(context.root, context.folder, context.database_url, seconds)
    except* (BotFailed, ExchangeFailed) as failed:
        reasons += [str(one) for one in failed.exceptions]
    if reasons:
        return blocked(check, "; ".join(reasons))
    return await asyncio.to_thread(_judged, check, found[0], found[1], rules)


def _judged(check: Check, old: Measured, new: Measured, rules: Performance) -> CheckResult:
    """The judgement, and its power where it would let the new bot pass."""
    result = judge(check, old, new, rules)
    if result.outcome is not Outcome.PASSED:
        return result
    return replace(result, recall=measure_recall(check, old, new, rules))
