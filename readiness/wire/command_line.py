"""Judges any bot on the wire: `python -m readiness.wire --bot 'COMMAND'`.

The command is started against the simulator once per scenario, with places such as {rest_url}
filled in. The result goes to standard output as YAML; exit code 0 nothing broken, 1 something is,
2 it could not be judged, 3 the judge itself could not run.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from bot_trading.errors import BotTradingError
from bot_trading.storage.embedded import database_url
from readiness.check import CheckResult, Outcome
from readiness.context import Check
from readiness.report import usable_folder
from readiness.wire.bots import Bot, BotFailed
from readiness.wire.campaign import Campaign, judge_outcomes, run_campaign
from readiness.wire.scenarios import MARKETS, SCENARIOS, quick_sessions, sessions_of

__all__ = ["as_document", "main"]

EXIT_CODES = {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.BLOCKED: 2}
COULD_NOT_RUN = 3
MODES = ("auto", "hedge", "one-way")
NAMES = ", ".join(scenario.name for scenario in SCENARIOS)

Line = Annotated[
    str,
    typer.Option(
        help="The line that starts your bot, with {rest_url} {ws_url} {ws_public_url} "
        "{ws_private_url} {api_key} {api_secret} {passphrase} {database_url} where it needs them; "
        "{okx_rest_url} and its like name one of several exchanges."
    ),
]
Markets = Annotated[str, typer.Option(help="Exchanges that it speaks, comma-separated.")]
Names = Annotated[list[str] | None, typer.Option("--scenario", help=f"Only these: {NAMES}.")]
Seconds = Annotated[int, typer.Option(min=1, help="How long each scenario lasts at least.")]
Mode = Annotated[str, typer.Option(help="Position mode that it is made for: auto, hedge, one-way.")]
Settings = Annotated[
    list[str] | None, typer.Option("--env", help="NAME=VALUE for the bot; may name places too.")
]
Folder = Annotated[Path, typer.Option(help="Where the bot is started.")]
Output = Annotated[Path | None, typer.Option(help="Folder for recordings and logs.")]
Places = Annotated[int, typer.Option(min=1, help="Scenarios that run at a time.")]
Quick = Annotated[bool, typer.Option("--quick", help="A sample of the scenarios.")]


def main(
    bot: Line,
    market: Markets = "bybit",
    scenario: Names = None,
    seconds: Seconds = 30,
    position_mode: Mode = "auto",
    env: Settings = None,
    folder: Folder = Path(),
    output: Output = None,
    places: Places = 4,
    quick: Quick = False,
) -> None:
    """Judge a bot by what it sends, on a calm day and when the wire misbehaves."""
    console = Console(stderr=True, highlight=False)
    named = output or Path("reports") / f"wire-{os.getpid()}"
    usable, problem = usable_folder(named, may_exist=output is not None)
    if problem:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    try:
        markets = _known("--market", market.split(","), MARKETS)
        mode = _known("--position-mode", [position_mode], MODES)[0]
        started = Bot.of_line(bot, folder.resolve(), markets, "hedge" if mode == "auto" else mode)
        started = replace(started, environ=dict(_pair(text) for text in env or []))
        sessions = quick_sessions(markets) if quick else sessions_of(markets)
        if scenario:
            wanted = _known("--scenario", scenario, [one.name for one in SCENARIOS])
            sessions = [one for one in sessions_of(markets) if one[1].name in {"calm", *wanted}]
        with database_url(os.environ) as server_url:
            campaign = Campaign(
                bot=started,
                sessions=sessions,
                seconds=seconds,
                server_url=server_url,
                folder=usable,
                places=places,
                is_unknown=mode == "auto",
            )
            outcomes = asyncio.run(run_campaign(campaign))
    except (BotFailed, BotTradingError, OSError) as error:
        console.print(f"could not run: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(COULD_NOT_RUN)
    result = judge_outcomes(Check(name="Wire", is_critical=True, run=None), outcomes)
    console.print(f"recordings and logs: {usable}", soft_wrap=True)
    sys.stdout.write(yaml.safe_dump(as_document(result), sort_keys=False, allow_unicode=True))
    sys.exit(EXIT_CODES[result.outcome])


def as_document(result: CheckResult) -> dict[str, object]:
    """The result as plain values, findings worst first."""
    findings = sorted(result.findings, key=lambda found: found.severity.rank)
    return {
        "outcome": str(result.outcome),
        **({"reason": result.reason} if result.reason else {}),
        "findings": [
            {
                "rule": found.rule_id,
                "severity": str(found.severity),
                "where": str(found.location),
                "what": found.message,
                "fix": found.fix,
            }
            for found in findings
        ],
        "sessions": {one.what.removeprefix("session "): one.measured for one in result.evidence},
    }


def _known(option: str, given: list[str], known: list[str] | tuple[str, ...]) -> list[str]:
    """What was given, each once; raises BotFailed for one that is not known."""
    for name in given:
        if name not in known:
            raise BotFailed(f"{option} {name!r} is unknown; give one of {', '.join(known)}")
    return list(dict.fromkeys(given))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise BotFailed(f"--env {text!r} is no NAME=VALUE")
    return name, value
