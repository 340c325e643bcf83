"""Starts a bot against the simulator under a scenario, ends it, and hands back the recording.

Whatever a bot does, its children are ended: one that does not start, says nothing, dies, floods its
output or ignores the request to end gives a `BotFailed` with the reason, and no recording.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_simulator.errors import BadInput
from exchange_simulator.record import events
from readiness.processes import end_group, end_with_parent
from readiness.wire.traffic import Traffic, read_traffic

__all__ = ["BotFailed", "Scenario", "command_for", "watch_bot"]

START_S = 60.0  # Python, its imports and a model, on a machine that does other things too.
OUTPUT_BYTES_MAX = 50_000_000  # A bot that writes more than this within a scenario floods the disk.
_PLACE = re.compile(r"\{(\w+)\}")


class BotFailed(Exception):
    """The bot, or the exchange for it, could not be run to the end; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens to the bot; `faults` is a fault plan's text and `must_hit` the faults in it."""

    name: str
    faults: str = ""
    must_hit: tuple[str, ...] = ()


def command_for(template: Sequence[str], values: dict[str, str]) -> list[str]:
    """The command with `{rest_url}` and its like filled in; raises BotFailed for an unknown one."""

    def filled(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise BotFailed(f"the bot's command asks for {match[0]}; there are {known}")
        return values[match[1]]

    return [_PLACE.sub(filled, part) for part in template]


async def watch_bot(
    template: Sequence[str],
    scenario: Scenario,
    *,
    seconds: int,
    speed: int,
    database_url: str,
    folder: Path,
    root: Path,
) -> Traffic:
    """Run the bot for so many seconds and ask it to end; what it did on the wire.

    The account is in hedge mode. Raises BotFailed, and ends everything in any case.
    """
    recording = folder / f"{scenario.name}.recording.gz"
    plan = folder / f"{scenario.name}.faults.yaml"
    if scenario.faults:
        await asyncio.to_thread(plan.write_text, scenario.faults, "utf-8")
    options = ["--speed", str(speed), "--seed", "11", "--symbols", "BTCUSDT,ETHUSDT"]
    options += ["--record", str(recording)] + (["--faults", str(plan)] if scenario.faults else [])
    async with _exchange(options, root) as announced:
        told = folder / f"{scenario.name}.announced.json"
        await asyncio.to_thread(told.write_text, json.dumps(announced), "utf-8")
        bybit = announced["bybit"]
        values = {
            "rest_url": bybit["rest_url"],
            "ws_url": bybit["ws_private_url"].rsplit("/v5/", 1)[0],
            "api_key": bybit["api_key"],
            "api_secret": bybit["api_secret"],
            "database_url": database_url,
            "announced": str(told),
        }
        log = folder / f"{scenario.name}.bot.log"
        await _run(command_for(template, values), seconds, log, root)
    try:
        traffic = await asyncio.to_thread(lambda: read_traffic(events(recording)))
    except BadInput as error:
        raise BotFailed(f"the recording cannot be read: {error}") from error
    if not traffic.requests and not traffic.sockets:
        raise BotFailed(f"the bot sent nothing to the exchange at {values['rest_url']}")
    missed = [fault for fault in scenario.must_hit if not traffic.hits.get(fault)]
    if missed:
        raise BotFailed(f"the faults {', '.join(missed)} of {scenario.name} did not strike")
    return traffic


async def _run(command: Sequence[str], seconds: int, log: Path, root: Path) -> None:
    """Run the bot until its time is over; raises BotFailed for one that did not behave."""
    # codelint: ok D12 because opening a local file once per bot is shorter than starting it
    with log.open("wb") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=root,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_confined,
            )
        except (OSError, ValueError) as error:
            raise BotFailed(f"the bot did not start: {error}") from error
    took = None
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        pass
    else:
        said = (await asyncio.to_thread(log.read_text, "utf-8", "replace"))[-600:].strip()
        flood = process.returncode == -signal.SIGXFSZ
        how = "flooded its output" if flood else f"ended by itself with {process.returncode}"
        raise BotFailed(f"the bot {how} before its {seconds} s were over; it said last: {said}")
    finally:
        took = await asyncio.shield(end_group(process, (signal.SIGTERM, signal.SIGKILL)))
    if took is signal.SIGKILL:
        raise BotFailed("the bot ignored SIGTERM and had to be killed")


def _confined() -> None:
    """In the bot's process: it ends with us, and no file of it grows without end."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX))


@contextlib.asynccontextmanager
async def _exchange(options: Sequence[str], root: Path) -> AsyncIterator[dict[str, Any]]:
    """The simulator; what it announced. It ends with the block and with this process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exchange_simulator", "--json", "--port", "0"),
        *("--until-stdin-closes", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=root,
        start_new_session=True,
    )
    try:
        if process.stdout is None:
            raise BotFailed("the simulator has no output to read")
        try:
            async with asyncio.timeout(START_S):
                line = await process.stdout.readline()
        except TimeoutError:
            raise BotFailed("the simulator did not start in time") from None
        if not line:
            raise BotFailed("the simulator did not start; its reason is on standard error")
        announced: dict[str, Any] = json.loads(line)
        yield announced
    finally:
        await asyncio.shield(end_group(process, (signal.SIGTERM, signal.SIGKILL)))
