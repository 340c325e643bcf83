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
from readiness.speed.bots import Racer, bundled
from readiness.speed.judge import judge, measure_recall
from readiness.speed.race import Measured, Race, measure
from readiness.wire.bots import BotFailed

__all__ = ["run", "run_on"]


async def run(check: Check, context: Context) -> CheckResult:
    """Measure both bundled bots for the seconds of the scope, and judge them."""
    old, new = await asyncio.to_thread(bundled, context.root, context.folder)
    return await run_on(check, context, new, old)


async def run_on(
    check: Check, context: Context, new: Racer, old: Racer | None = None
) -> CheckResult:
    """The same for any two bots, or for a new one alone."""
    rules = context.settings.performance
    is_quick = context.scope is Scope.QUICK
    seconds = rules.quick_session_s if is_quick else rules.full_session_s
    race = Race(
        folder=context.folder,
        server_url=context.database_url,
        seconds=seconds,
        blocks=max(2, round(seconds / rules.block_s)),
        profile_s=rules.profile_s if context.profile else 0,
    )
    racers = [racer for racer in (old, new) if racer is not None]
    try:
        found = await measure(race, racers)
    except BotFailed as failed:
        return blocked(check, str(failed))
    first = found[0] if old is not None else None
    return await asyncio.to_thread(_judged, check, first, found[-1], rules)


def _judged(check: Check, old: Measured | None, new: Measured, rules: Performance) -> CheckResult:
    """The judgement, and its power where it would let the new bot pass."""
    result = judge(check, old, new, rules)
    if result.outcome is not Outcome.PASSED:
        return result
    return replace(result, recall=measure_recall(check, old, new, rules))
