"""Bots of any kind: a good one is judged, a bad one gives a reason, and nothing stays behind."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from readiness.wire.bots import Bot, BotFailed, Session, Stand, command_for, watch_bot
from readiness.wire.judge import judge_traffic
from readiness.wire.scenarios import Scenario

ROOT = Path(__file__).resolve().parents[4]
ASKS = """
import sys, time, urllib.request
body = (b'{"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"0.01"}')
request = urllib.request.Request(sys.argv[1] + "/v5/order/create", data=body)
urllib.request.urlopen(request).read()
"""
FORKS = """
import subprocess
if sys.argv[-1] != "child":
    subprocess.Popen([sys.executable, *sys.argv, "child"], start_new_session=True)
"""
WAITS = "import time\ntime.sleep(600)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
ELSEWHERE = """
import socket, sys, time
talk = socket.create_connection((sys.argv[2], int(sys.argv[3])))
"""
FLOODS = """
import http.client, sys
from urllib.parse import urlsplit
talk = http.client.HTTPConnection(urlsplit(sys.argv[1]).netloc)
while True:
    talk.request("GET", "/v5/market/time")
    talk.getresponse().read()
"""


async def watch(
    program: str, folder: Path, *more: str, scenario: Scenario | None = None, **stand: Any
) -> Session:
    """Run a bot written in a few lines of Python for two seconds."""
    file = folder / "bot.py"
    file.write_text(program)
    sessions = await watch_bot(
        Bot(command=(sys.executable, str(file), "{rest_url}", *more), folder=ROOT),
        "bybit",
        scenario or Scenario(name="test"),
        Stand(folder=folder, tape=folder, speed=60, starting=asyncio.Semaphore(1), **stand),
        seconds=2,
        database_url="postgresql://nobody@127.0.0.1:1/none",
    )
    return sessions[0]


def left_behind(folder: Path) -> list[str]:
    """Processes that still speak of this folder."""
    return [
        str(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or [])
    ]


async def test_a_users_bot_is_judged_by_what_it_sends(tmp_path: Path) -> None:
    """Its order without name and leg is found on the wire, and the bot is ended."""
    session = await watch(ASKS + WAITS, tmp_path)
    assert [command.kind for command in session.traffic.commands] == ["create"]
    assert {found.rule_id for found in judge_traffic(session.traffic, "x")} == {"W01", "W02"}
    assert session.traffic.starts_us[0] < session.traffic.commands[0].ts_us
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit('no key')", "ended by itself with 1 .* no key"),
        (ASKS + "raise SystemExit(0)", "ended by itself with 0 before its time"),
        (WAITS, "sent nothing to the exchange at http://127.0.0.1:"),
        (ASKS + DEAF + "import os\nos.fork()\n" + WAITS, "ignored SIGTERM"),
        (ASKS + FORKS + WAITS, "left 1 processes in sessions of their own"),
        (ASKS + FORKS + DEAF + WAITS, "ignored SIGTERM"),
        ("while True:\n    print('x' * 1_000_000)\n", "flooded its output"),
        (FLOODS, "flooded the exchange"),
    ],
)
async def test_a_bot_that_misbehaves_gives_a_reason(
    tmp_path: Path, program: str, reason: str
) -> None:
    """It dies, says nothing, is deaf or floods: the reason is told, and its children are ended."""
    with pytest.raises(BotFailed, match=f"(?s){reason}"):
        await watch(program, tmp_path, start_s=4, flood=100)
    assert left_behind(tmp_path) == []


def own_address() -> str:
    """An address of this machine that is not loopback."""
    found = [
        told.address
        for row in psutil.net_if_addrs().values()
        for told in row
        if told.family is socket.AF_INET and not told.address.startswith("127.")
    ]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return str(found[0])


async def test_a_bot_that_talks_to_somebody_else_is_ended(tmp_path: Path) -> None:
    """Whoever is beyond this machine may be a real exchange."""
    address = own_address()
    with socket.create_server((address, 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(BotFailed, match=f"talks to {address}:{port}"):
            await watch(ASKS + ELSEWHERE + WAITS, tmp_path, address, port)
    assert left_behind(tmp_path) == []


async def test_a_child_that_talks_to_somebody_else_is_ended(tmp_path: Path) -> None:
    """Also when it left the bot's group, where only the mark of its run tells whose it is."""
    address = own_address()
    alone = "if sys.argv[-1] != 'child':\n    import time\n    time.sleep(600)\n"
    with socket.create_server((address, 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(BotFailed, match=f"talks to {address}:{port}"):
            await watch(ASKS + FORKS + alone + ELSEWHERE + WAITS, tmp_path, address, port)
    assert left_behind(tmp_path) == []


async def test_a_bot_that_comes_to_the_wrong_door_is_told_where_it_was(tmp_path: Path) -> None:
    """On this machine it may have a server of its own, which is named when it never knocks."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(BotFailed, match=rf"sent nothing .* it talked to 127.0.0.1:{port}"):
            await watch(ELSEWHERE + WAITS, tmp_path, "127.0.0.1", port, start_s=3)


async def test_a_fault_that_did_not_strike_proves_nothing(tmp_path: Path) -> None:
    """Where the scenario did not happen there is nothing to judge."""
    late = Scenario(name="late", faults=({"fault": "F1", "from_s": 600},), must_hit=("F1",))
    with pytest.raises(BotFailed, match="the faults F1 of late did not strike"):
        await watch(ASKS + WAITS, tmp_path, scenario=late)


async def test_a_fall_that_met_no_leg_proves_nothing(tmp_path: Path) -> None:
    """So is a fall of the price while nothing was held, or a tape that is not there."""
    with pytest.raises(BotFailed, match="the simulator did not start: "):
        await watch(ASKS + WAITS, tmp_path, scenario=Scenario(name="cascade", falls=True))


async def test_a_bot_is_killed_and_started_again(tmp_path: Path) -> None:
    """A restart is a second life: both starts are known, and the time between."""
    session = await watch(ASKS + WAITS, tmp_path, scenario=Scenario(name="again", restarts=True))
    starts = session.traffic.starts_us
    ((killed_us, back_us),) = session.traffic.away_us
    assert starts[0] < killed_us < starts[1] < back_us
    assert len(session.traffic.commands) == 2
    assert "W02" in {found.rule_id for found in judge_traffic(session.traffic, "x")}


async def test_a_bot_may_end_where_it_cannot_trade(tmp_path: Path) -> None:
    """In an account of the other mode a bot that refuses to trade does right."""
    refuses = ASKS.replace("/v5/order/create", "/v5/market/time") + "raise SystemExit(2)"
    scenario = Scenario(name="mode-mismatch", other_mode=True)
    session = await watch(refuses, tmp_path, scenario=scenario)
    assert session.traffic.mode == "mismatch"
    assert judge_traffic(session.traffic, "x") == []


async def test_a_bot_that_is_not_there_did_not_start(tmp_path: Path) -> None:
    """A command that cannot be run is named with its reason."""
    stand = Stand(folder=tmp_path, tape=tmp_path, speed=60, starting=asyncio.Semaphore(1))
    bot = Bot(command=(str(tmp_path / "nowhere"), "{rest_url}"), folder=ROOT)
    with pytest.raises(BotFailed, match=r"the bot did not start: .*No such file"):
        await watch_bot(bot, "bybit", Scenario(name="t"), stand, seconds=1, database_url="")
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


@pytest.mark.parametrize(("line", "reason"), [("", "is empty"), ("bot 'x", "cannot be read")])
def test_a_line_that_starts_nothing_is_refused(line: str, reason: str) -> None:
    """An empty command and an open quote are named."""
    with pytest.raises(BotFailed, match=reason):
        Bot.of_line(line, ROOT, ["bybit"])
    assert Bot.of_line("a 'b c' {x}", ROOT, ["okx"]).command == ("a", "b c", "{x}")
