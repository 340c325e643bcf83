"""Bots of any kind: a good one is judged, a bad one gives a reason, and nothing stays behind."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import psutil
import pytest

from readiness.wire.bots import BotFailed, Scenario, command_for, watch_bot
from readiness.wire.judge import judge_traffic
from readiness.wire.traffic import Traffic

ROOT = Path(__file__).resolve().parents[4]
ASKS = """
import sys, time, urllib.request
body = (b'{"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"0.01"}')
request = urllib.request.Request(sys.argv[1] + "/v5/order/create", data=body)
urllib.request.urlopen(request).read()
"""
WAITS = "import time\ntime.sleep(600)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


async def watch(program: str, folder: Path, *, seconds: int = 3, faults: str = "") -> Traffic:
    """Run a bot written in a few lines of Python."""
    file = folder / "bot.py"
    file.write_text(program)
    return await watch_bot(
        [sys.executable, str(file), "{rest_url}"],
        Scenario(name="test", faults=faults, must_hit=("F1",) if faults else ()),
        seconds=seconds,
        speed=60,
        database_url="postgresql://nobody@127.0.0.1:1/none",
        folder=folder,
        root=ROOT,
    )


def left_behind(folder: Path) -> list[str]:
    """Processes that still speak of this folder."""
    return [
        str(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or [])
    ]


async def test_a_users_bot_is_judged_by_what_it_sends(tmp_path: Path) -> None:
    """Its order without name and leg is found on the wire, and the bot is ended."""
    traffic = await watch(ASKS + WAITS, tmp_path)
    assert [command.kind for command in traffic.commands] == ["create"]
    assert {found.rule_id for found in judge_traffic(traffic, "test")} == {"W01", "W02"}
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit('no key')", "ended by itself with 1 .* no key"),
        (WAITS, "sent nothing to the exchange at http://127.0.0.1:"),
        (ASKS + DEAF + "import os\nos.fork()\n" + WAITS, "ignored SIGTERM"),
        ("while True:\n    print('x' * 1_000_000)\n", "flooded|ended by itself"),
    ],
)
async def test_a_bot_that_misbehaves_gives_a_reason(
    tmp_path: Path, program: str, reason: str
) -> None:
    """It dies, says nothing, is deaf or floods: the reason is told, and its children are ended."""
    with pytest.raises(BotFailed, match=f"(?s){reason}"):
        await watch(program, tmp_path)
    assert left_behind(tmp_path) == []


async def test_a_fault_that_did_not_strike_proves_nothing(tmp_path: Path) -> None:
    """Where the scenario did not happen there is nothing to judge."""
    faults = "seed: 1\nfaults:\n  - {fault: F1, from_s: 600}\n"
    with pytest.raises(BotFailed, match="the faults F1 of test did not strike"):
        await watch(ASKS + WAITS, tmp_path, faults=faults)


async def test_a_bot_that_is_not_there_did_not_start(tmp_path: Path) -> None:
    """A command that cannot be run is named with its reason."""
    with pytest.raises(BotFailed, match=r"the bot did not start: .*No such file"):
        await watch_bot(
            [str(tmp_path / "nowhere"), "{rest_url}"],
            Scenario(name="test"),
            seconds=1,
            speed=60,
            database_url="",
            folder=tmp_path,
            root=ROOT,
        )
    assert left_behind(tmp_path) == []


def test_the_users_command_is_filled_in() -> None:
    """Known places get their values, and an unknown one is named with those that there are."""
    values = {"rest_url": "http://x", "api_key": "k"}
    assert command_for(["bot", "--to={rest_url}/{api_key}", "{"], values) == [
        *("bot", "--to=http://x/k", "{"),
    ]
    with pytest.raises(
        BotFailed, match=re.escape("asks for {url}; there are {rest_url}, {api_key}")
    ):
        command_for(["{url}"], values)
