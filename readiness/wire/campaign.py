"""Takes a bot through its scenarios, several at a time, and makes one result of what was seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from readiness.check import CheckResult, Evidence, Finding, Outcome, Recall
from readiness.context import Check, blocked
from readiness.scratch_database import scratch_database
from readiness.wire.bots import Bot, BotFailed, Session, Stand, watch_bot
from readiness.wire.defects import measure_recall
from readiness.wire.judge import RULES, judge_traffic
from readiness.wire.scenarios import Scenario
from readiness.wire.tape import write_cascades

__all__ = ["Campaign", "Missed", "bot_database", "judge_outcomes", "run_campaign"]

SPEED = 60
NO_SOCKET = "the bot opens no socket"
HEDGE_DAY = "calm day of a hedge account"
STARTING = 2  # Bots that start at the same time: each imports for seconds, on two cores.


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A session that proves nothing, and why; one that does not apply is no gap."""

    market: str
    scenario: str
    reason: str
    applies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is to be done: `places` sessions at a time, on databases of this server.

    With `is_unknown` nobody knows what account the bot is made for: it is found out on a calm day.
    """

    bot: Bot
    sessions: Sequence[tuple[str, Scenario]]
    seconds: int
    server_url: str
    folder: Path
    places: int
    is_unknown: bool = False


async def run_campaign(campaign: Campaign) -> list[Session | Missed]:
    """Every session's outcome, in the order of the campaign, calm ones of unknown bots first."""
    tape = await asyncio.to_thread(write_cascades, campaign.folder / "cascades")
    stand = Stand(
        folder=campaign.folder,
        tape=tape,
        speed=SPEED,
        starting=asyncio.Semaphore(min(STARTING, campaign.places)),
    )
    if not campaign.is_unknown:
        return _applying(campaign, await _all(campaign, stand, campaign.sessions))
    first = [one for one in campaign.sessions if one[1].name == "calm"]
    met = await _all(campaign, stand, first)
    seen = [one for one in met if isinstance(one, Session)]
    if seen and all(_is_one_way(session) for session in seen):
        changed = replace(campaign.bot, mode="one-way")
        campaign = replace(campaign, bot=changed)
        met = await _all(campaign, stand, first)
        seen += [one for one in met if isinstance(one, Session)]
    rest = [one for one in campaign.sessions if one[1].name != "calm"]
    if not seen:
        why = "it could not be judged on a calm day"
        return met + [Missed(market=m, scenario=one.name, reason=why) for m, one in rest]
    has_sockets = any(session.traffic.sockets for session in seen)
    usable = [one for one in rest if has_sockets or not one[1].needs_sockets]
    left_out = [
        Missed(market=m, scenario=one.name, reason=NO_SOCKET, applies=False)
        for m, one in rest
        if (m, one) not in usable
    ]
    hedge = [replace(one, scenario=HEDGE_DAY) for one in seen if one not in met]
    return [*hedge, *met, *await _all(campaign, stand, usable), *left_out]


def _applying(campaign: Campaign, outcomes: Sequence[Session | Missed]) -> list[Session | Missed]:
    """The same; what happens to sockets does not apply to a bot that opened none on a calm day."""
    calm = [one for one in outcomes if isinstance(one, Session) and one.scenario == "calm"]
    if not calm or any(one.traffic.sockets for one in calm):
        return list(outcomes)
    of_sockets = {one.name for _, one in campaign.sessions if one.needs_sockets}
    return [
        replace(one, reason=NO_SOCKET, applies=False)
        if isinstance(one, Missed) and one.scenario in of_sockets
        else one
        for one in outcomes
    ]


def _is_one_way(session: Session) -> bool:
    """Whether a hedge account refused all of its orders, and none of them named a leg."""
    created = [one for one in session.traffic.commands if one.kind == "create"]
    return bool(created) and not any(one.leg in {"long", "short"} for one in created)


async def _all(
    campaign: Campaign, stand: Stand, sessions: Sequence[tuple[str, Scenario]]
) -> list[Session | Missed]:
    places = asyncio.Semaphore(campaign.places)

    async def one(market: str, scenario: Scenario) -> Sequence[Session | Missed]:
        try:
            async with places, bot_database(campaign.server_url) as url:
                return await watch_bot(
                    campaign.bot,
                    market,
                    scenario,
                    stand,
                    seconds=campaign.seconds,
                    database_url=url,
                )
        except BotFailed as failed:
            return [Missed(market=market, scenario=scenario.name, reason=str(failed))]

    tasks = [asyncio.create_task(one(market, scenario)) for market, scenario in sessions]
    try:
        return [outcome for row in await asyncio.gather(*tasks) for outcome in row]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def bot_database(server_url: str) -> AsyncIterator[str]:
    """A scratch database; raises BotFailed where the server is not there, or not any more."""
    try:
        async with scratch_database(server_url) as url:
            yield url
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise BotFailed(f"the database server is gone: {said}") from error


def judge_outcomes(check: Check, outcomes: Sequence[Session | Missed]) -> CheckResult:
    """FAILED where a rule was broken; BLOCKED where a session that applies proves nothing."""
    sessions = [one for one in outcomes if isinstance(one, Session)]
    missed = [one for one in outcomes if isinstance(one, Missed) and one.applies]
    findings = _findings(sessions)
    reason = "; ".join(f"{one.market}-{one.scenario}: {one.reason}" for one in missed)
    silent = _without_orders(sessions)
    if not findings and missed:
        return blocked(check, reason)
    if not findings and (silent or not sessions):
        return blocked(check, silent or "nothing was declared to be judged")
    recall = Recall(caught=0, seeded=0)
    if not findings:
        recall = measure_recall([(one.events, one.traffic) for one in sessions])
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=len(sessions) / (len(sessions) + len(missed)),
        recall=recall if recall.seeded else None,
        reason=reason,
        evidence=tuple(_evidence(one) for one in outcomes),
        findings=tuple(findings),
    )


def _findings(sessions: Sequence[Session]) -> list[Finding]:
    return [
        found
        for one in sessions
        for found in judge_traffic(one.traffic, f"{one.market}-{one.scenario}")
    ]


def _without_orders(sessions: Sequence[Session]) -> str:
    """Why nothing can be judged: an exchange on which no calm day saw an order."""
    for one in sessions:
        is_calm = one.scenario == "calm"
        if is_calm and not any(order.kind == "create" for order in one.traffic.commands):
            return f"the bot sent no order to {one.market} on a calm day, so nothing can be judged"
    return ""


def _evidence(one: Session | Missed) -> Evidence:
    what = f"session {one.market}-{one.scenario}"
    if isinstance(one, Missed):
        said = "not judged" if one.applies else "does not apply"
        return Evidence(what=what, measured=f"{said}: {one.reason.splitlines()[0]}")
    traffic = one.traffic
    kinds = [command.kind for command in traffic.commands]
    counts = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    struck = ", ".join(f"{name} {len(times)}" for name, times in traffic.hits.items()) or "none"
    held = {(leg.symbol, leg.leg) for state in traffic.states for leg in state.legs}
    return Evidence(
        what=what,
        measured=f"{counts or 'no command'}, requests {len(traffic.requests)}, sockets "
        f"{len(traffic.sockets)}, legs held {len(held)}, faults that struck: {struck}",
        limit=f"none of the rules {min(RULES)} to {max(RULES)} broken",
        source=f"{one.market}-{one.scenario}.recording.gz",
    )
