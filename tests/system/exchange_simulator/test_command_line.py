"""The command line: one JSON line, clean exits, and one sentence for each kind of bad input."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.system.exchange_simulator.running import ROOT, simulator

ROWS: dict[str, list[Any]] = {
    "ts": [1_760_000_000_000 + number * 300_000 for number in range(300)],
    "open": [100.0 + number for number in range(300)],
    "high": [101.5 + number for number in range(300)],
    "low": [99.5 + number for number in range(300)],
    "close": [101.0 + number for number in range(300)],
    "volume": [10.0] * 300,
}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    command = [sys.executable, "-m", "exchange_simulator", "--json", *options]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


def replay_file(folder: Path, **columns: list[float | None] | list[int]) -> Path:
    """Write a candle file with some columns replaced; None drops one."""
    file = folder / "BTCUSDT.csv"
    pl.DataFrame({**ROWS, **columns}).write_csv(file)
    return file


def refused(*options: str) -> str:
    """Return the one sentence of a run that must be refused."""
    done = run(*options)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_it_prints_one_line_and_stops_after_its_duration() -> None:
    """With --json stdout is exactly one JSON line."""
    done = run("--duration", "0.3", "--speed", "60")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    facts = json.loads(done.stdout)
    assert set(facts["bybit"]) == {
        *("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url", "api_key", "api_secret"),
    }
    assert facts["speed"] == 60
    assert facts["symbols"] == ["BTCUSDT", "ETHUSDT"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_cleanly(number: signal.Signals) -> None:
    """SIGTERM and SIGINT end it with code 0."""
    command = [sys.executable, "-m", "exchange_simulator", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_port_in_use_is_named() -> None:
    """The sentence names the port and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 cannot be used" in refused("--port", str(port))


def test_a_good_replay_file_is_served(tmp_path: Path) -> None:
    """A user's own CSV becomes the market; it opens after the warm-up candles."""
    file = replay_file(tmp_path)
    with simulator("--replay", str(file), "--warmup-candles", "250") as facts:
        assert facts["symbols"] == ["BTCUSDT"]
        assert facts["market_start_ms"] == ROWS["ts"][250]
        assert facts["market_end_ms"] == ROWS["ts"][-1] + 300_000


def test_a_gap_is_named(tmp_path: Path) -> None:
    """Missing candles are refused with their place."""
    stamps = [*ROWS["ts"][:100], *(stamp + 300_000 for stamp in ROWS["ts"][100:])]
    file = replay_file(tmp_path, ts=stamps)
    assert f"gap between ts {stamps[99]} and {stamps[100]}" in refused("--replay", str(file))


def test_duplicates_are_named(tmp_path: Path) -> None:
    """Two candles of one time are refused."""
    stamps = [*ROWS["ts"][:100], ROWS["ts"][99], *ROWS["ts"][101:]]
    file = replay_file(tmp_path, ts=stamps)
    assert "duplicate or disorder" in refused("--replay", str(file))


def test_values_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    """NaN and empty cells are refused with row and column."""
    file = replay_file(tmp_path, close=[*ROWS["close"][:7], None, *ROWS["close"][8:]])
    assert "row 8" in (text := refused("--replay", str(file)))
    assert "close is not a number" in text


def test_impossible_candles_are_named(tmp_path: Path) -> None:
    """A high below the close cannot be."""
    file = replay_file(tmp_path, high=[*ROWS["high"][:5], 1.0, *ROWS["high"][6:]])
    assert "high is below" in refused("--replay", str(file))


def test_unknown_and_missing_columns_are_named(tmp_path: Path) -> None:
    """Both name the column and what was expected."""
    file = replay_file(tmp_path, surprise=[1] * 300)
    assert "unknown column surprise" in refused("--replay", str(file))
    pl.DataFrame(ROWS).drop("volume").write_csv(file)
    assert "lacks column volume" in refused("--replay", str(file))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--market", "nasdaq"), "Unknown market 'nasdaq'"),
        (("--symbols", "btc"), "Unknown symbol 'btc'"),
        (("--replay", "/nowhere"), "Replay source /nowhere does not exist"),
        (("--speed", "fast"), "--speed 'fast' is no number"),
        (("--speed", "0"), "--speed 0 is out of range"),
        (("--position-mode", "both"), "--position-mode 'both' is unknown"),
        (("--balance", "-1"), "--balance '-1' is no amount"),
        (("--start", "soon"), "--start 'soon' is no time"),
        (("--points", "1"), "--points 1 is out of range"),
        (("--limits", "maybe"), "--limits 'maybe' is unknown"),
        (("--rule", "gravity=1"), "--rule 'gravity' is unknown"),
        (("--rule", "taker_rate=much"), "--rule 'taker_rate=much' is no value"),
        (("--basis-bps", "okx"), "--basis-bps 'okx'"),
        (("--faults", "/nowhere"), "Fault plan /nowhere cannot be read"),
        (("--record", "/nowhere/x.gz"), "Recording /nowhere/x.gz cannot be written"),
    ],
)
def test_bad_options_get_one_sentence(options: tuple[str, ...], text: str) -> None:
    """Each names the option and what to give instead."""
    assert text in refused(*options)


def test_a_symbol_without_a_file_is_named(tmp_path: Path) -> None:
    """A wanted symbol must be among the replay files."""
    file = replay_file(tmp_path)
    text = refused("--replay", str(file), "--symbols", "BTCUSDT,ETHUSDT")
    assert "No replay file for symbol ETHUSDT" in text
