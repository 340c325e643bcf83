"""The launcher as its users start it: it trades, closes its books, stops, leaves nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.builders.simulator_process import ROOT

_LAUNCHER = [sys.executable, "unified_launcher.py"]


@contextlib.contextmanager
def launched(database_url: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The launcher as a process, ended with its children when the block ends."""
    process = subprocess.Popen(  # noqa: S603  # Our own door, with our own options.
        [*_LAUNCHER, *options],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    children: list[psutil.Process] = []
    try:
        yield process
        if process.poll() is None:
            children = psutil.Process(process.pid).children(recursive=True)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def read_until(process: subprocess.Popen[str], text: str, seconds: float = 60) -> str:
    """The line that holds `text`; fails when the process ends or is silent for too long."""
    deadline, seen = time.monotonic() + seconds, []
    assert process.stdout is not None
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return line
        if time.monotonic() > deadline:
            break
    pytest.fail(f"{text!r} was not printed: {''.join(seen)}")


def refused(database_url: str, *options: str) -> str:
    """What a refused start says; it must say it in one line and end with 2."""
    with launched(database_url, *options) as process:
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 2, output
    lines = [line for line in output.splitlines() if not line.startswith(("api on", "dry run"))]
    assert len(lines) == 1, output
    return lines[0]


def test_a_dry_run_trades_both_ways_and_adds_up(database_url: str, tmp_path: Path) -> None:
    """Half an hour of market: entries on long and short legs, exits, and closed books.

    Pain 11: dry run and live trading are two programs that differ.
    """
    file = tmp_path / "summary.json"
    with launched(
        database_url, "--mode=all", "--dry-run", "--duration=25", f"--summary={file}"
    ) as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    summary: dict[str, Any] = json.loads(file.read_text())
    assert summary["problems"] == []
    traded = {name: leg for name, leg in summary["legs"].items() if leg["entries"]}
    assert {name[-1] for name in traded} == {"1", "2"}
    assert sum(leg["stops"] + leg["targets"] + leg["exits"] for leg in traded.values()) > 0
    assert "agree with the exchange to the last decimal" in output


def test_sigterm_stops_it_cleanly_with_all_its_children(database_url: str) -> None:
    """Asked to stop, it closes its books, ends its children and exits with 0."""
    with launched(database_url, "--mode=all", "--dry-run") as process:
        address = read_until(process, "api on").split()[-1]
        read_until(process, "market 2026")
        children = psutil.Process(process.pid).children(recursive=True)
        metrics = requests.get(f"{address}/metrics", timeout=10)
        assert "bot_trading_active" in metrics.text
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0, output
        _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_killed_without_warning_it_leaves_no_process(database_url: str) -> None:
    """After SIGKILL simulator and api end by themselves, and the next run starts."""
    with launched(database_url, "--mode=all", "--dry-run") as process:
        read_until(process, "market 2026")
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=15)
        assert alive == []
    with launched(database_url, "--mode=core", "--dry-run", "--duration=3") as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output


def test_two_at_once_do_not_meet(database_url: str) -> None:
    """Two dry runs share a database and nothing else."""
    options = ("--mode=all", "--dry-run", "--duration=6")
    with launched(database_url, *options) as one, launched(database_url, *options) as two:
        outputs = [process.communicate(timeout=90)[0] for process in (one, two)]
    assert [one.returncode, two.returncode] == [0, 0], outputs


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("hedge_mode: true", "hedge_mode: false"), "trading.hedge_mode"),
        (("leverage: 3", "leverage: 3\n  levrage: 4"), "trading.levrage"),
        (("daily_loss_max_usdt: 500", "daily_loss_max_usdt: 0"), "risk.daily_loss_max_usdt"),
        (("symbols: [BTCUSDT, ETHUSDT]", "symbols: [btc-usdt]"), "btc-usdt"),
    ],
)
def test_bad_settings_are_refused_by_name(
    database_url: str, tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    """A setting that is wrong is named in one sentence, and nothing is started."""
    text = (ROOT / "config" / "bot.yaml").read_text()
    assert change[0] in text
    file = tmp_path / "bot.yaml"
    file.write_text(text.replace(*change))
    assert named in refused(database_url, "--mode=core", "--duration=5", f"--config={file}")


def test_a_port_in_use_is_refused_by_number(database_url: str) -> None:
    """The api's port is taken before anything else is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert str(port) in refused(database_url, "--mode=all", f"--port={port}", "--duration=5")


def test_a_replay_file_with_a_gap_is_refused(database_url: str, tmp_path: Path) -> None:
    """The simulator's own sentence reaches the person who started the bot."""
    for symbol in ("BTCUSDT", "ETHUSDT"):
        _write_with_gap(tmp_path / f"{symbol}.csv")
    said = refused(database_url, "--mode=core", f"--replay={tmp_path}", "--duration=5")
    assert "gap" in said.lower()


def _write_with_gap(file: Path) -> None:
    """Ten hours of one-minute candles, ten minutes of them missing."""
    rows = [f"{minute * 60_000},100,101,99,100,5" for minute in (*range(300), *range(310, 600))]
    file.write_text("\n".join(["ts,open,high,low,close,volume", *rows]))


def test_an_unwritable_summary_is_refused_before_trading(database_url: str, tmp_path: Path) -> None:
    """An hour of trading is not lost to a typing error."""
    assert "summary" in refused(database_url, f"--summary={tmp_path}", "--duration=5")


def test_status_tells_of_a_core_that_runs(database_url: str) -> None:
    """`--status` shows a running core by its account."""
    with launched(database_url, "--mode=core", "--dry-run") as process:
        account = read_until(process, "dry run dry-run-").split()[2].rstrip(":")
        read_until(process, "market 2026")
        with launched(database_url, "--status") as asked:
            output, _ = asked.communicate(timeout=60)
    assert asked.returncode == 0
    assert f"{account}: running" in output
