"""Exchange APIs: is what our bot sends right, on a calm day and when the wire misbehaves?

The bot trades over real sockets against the simulator of three exchanges under declared scenarios,
and its recorded traffic is judged. The check's own power is measured on the same recordings with
defects planted in them.
"""

from __future__ import annotations

from readiness.check import CheckResult
from readiness.context import Check, Context, Scope
from readiness.wire.bots import Bot
from readiness.wire.campaign import Campaign, judge_outcomes, run_campaign
from readiness.wire.own_bot import COMMAND
from readiness.wire.scenarios import MARKETS, quick_sessions, sessions_of

__all__ = ["run"]


async def run(check: Check, context: Context) -> CheckResult:
    """Run our bot through the scenarios of the scope, and judge each recording."""
    told = context.settings.exchange_apis
    is_quick = context.scope is Scope.QUICK
    bot = Bot(command=COMMAND, folder=context.root, markets=MARKETS)
    campaign = Campaign(
        bot=bot,
        sessions=quick_sessions(MARKETS) if is_quick else sessions_of(MARKETS),
        seconds=told.quick_session_s if is_quick else told.full_session_s,
        server_url=context.database_url,
        folder=context.folder,
        places=told.places,
    )
    return judge_outcomes(check, await run_campaign(campaign))
