"""A dry run is judged by what its launcher tells: broken, not exercised, or proven."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from readiness.check import Finding, Outcome, Severity
from readiness.checks.dry_run import (
    Moves,
    Ran,
    Told,
    judge_run,
    read_moves,
    run,
    told_by,
    write_config,
)
from readiness.checks.dry_run_wire import Wire
from readiness.context import Check, Context, Scope
from readiness.processes import Finished
from readiness.settings import read_settings
from tests.unit.readiness.wire.recordings import order

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Dry Run", is_critical=True, run=run)
LEG = {
    **{"entries": 2, "exits": 1, "stops": 1, "targets": 1, "stop_moves": 3, "lives": 2},
    "ladder_steps": 1,
}
SUMMARY: dict[str, Any] = {
    "version": 1,
    "duration_s": 30.2,
    "memory_mb": 92.9,
    "result_usdt": "-1.25",
    "legs": {"BTCUSDT-1": LEG, "BTCUSDT-2": LEG},
    "problems": [],
    "status": {"more": "than is judged"},
}
RECORDING = gzip.compress(
    "\n".join(
        json.dumps(each)
        for each in (
            {"kind": "exchange_simulator recording"},
            order("bybit", 1, "long", "buy", "e1", "0.02"),
            {"exchange": "bybit", "kind": "faults", "wall_us": 2_000_000, "hits": []},
        )
    ).encode()
)
TRADED, NOTHING = Wire(commands=3), Told()


def _context(folder: Path, database_url: str) -> Context:
    return Context(
        root=folder,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=30,
        database_url=database_url,
        folder=folder,
    )


def _judge(
    folder: Path,
    exit_code: int = 0,
    moves: Sequence[Moves] = (),
    told: Told = NOTHING,
    wire: Wire = TRADED,
    **changed: Any,
) -> Any:
    file = folder / "dry_run.json"
    file.write_text(json.dumps(SUMMARY | changed))
    ran = Ran(
        summary=file,
        finished=Finished(exit_code=exit_code, log=folder / "dry_run.log"),
        duration_s=30,
        source="python3 unified_launcher.py",
        told=told,
        moves=moves,
        wire=wire,
    )
    return judge_run(CHECK, ran)


def test_a_run_that_did_everything_passes(tmp_path: Path) -> None:
    """Both legs entered, took profit, moved a stop and closed, and nothing was wrong."""
    result = _judge(tmp_path)
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 1.0)
    assert [row.what for row in result.evidence] == [
        "problems of the run",
        "leg BTCUSDT-1",
        "leg BTCUSDT-2",
        "duration, memory and result",
        "orders, stops and cancels on the wire, by W01, W02, W03, W04",
    ]


@pytest.mark.parametrize(
    ("leg", "said"),
    [
        (LEG | {"entries": 0}, "BTCUSDT-2 without entry"),
        (LEG | {"ladder_steps": 0}, "BTCUSDT-2 without ladder step"),
        (LEG | {"stop_moves": 0}, "BTCUSDT-2 without stop move"),
        (LEG | {"exits": 0, "stops": 0, "targets": 0}, "BTCUSDT-2 without close"),
        ({key: value for key, value in LEG.items() if key != "stop_moves"}, "without stop move"),
    ],
)
def test_what_was_not_exercised_blocks(tmp_path: Path, leg: dict[str, int], said: str) -> None:
    """A leg that did not do everything, or whose count is not told, proves nothing."""
    result = _judge(tmp_path, legs={"BTCUSDT-1": LEG, "BTCUSDT-2": leg})
    assert result.outcome is Outcome.BLOCKED
    assert said in result.reason


@pytest.mark.parametrize("legs", [("BTCUSDT-1", "BTCUSDT-2"), ("okx:BTCUSDT-1",)])
def test_a_symbol_that_was_never_traded_blocks(tmp_path: Path, legs: Sequence[str]) -> None:
    """A bot that follows its first signal and no other has legs that add up, and shows little."""
    told = dict.fromkeys(legs, LEG)
    assert _judge(tmp_path, legs=told, told=Told(symbols=("BTCUSDT",))).outcome is Outcome.PASSED
    result = _judge(tmp_path, legs=told, told=Told(symbols=("BTCUSDT", "ETHUSDT")))
    assert result.outcome is Outcome.BLOCKED
    assert result.reason == "the run did not exercise everything: ETHUSDT was never traded"


def test_what_the_bot_is_told_is_read_from_its_configuration(tmp_path: Path) -> None:
    """Without one the launcher is left to say so."""
    assert told_by(ROOT / "config/bot.yaml") == Told(
        symbols=("BTCUSDT", "ETHUSDT"), ladders_rest=True
    )
    assert told_by(tmp_path / "none.yaml") == Told()
    (tmp_path / "little.yaml").write_text("trading:\n", encoding="utf-8")
    assert told_by(tmp_path / "little.yaml") == Told()
    on_touch = "enhanced_sltp: {partial_take_profit: {execution: on_touch}}"
    (tmp_path / "touch.yaml").write_text(on_touch, encoding="utf-8")
    assert told_by(tmp_path / "touch.yaml") == Told()


@pytest.mark.parametrize(
    ("asked", "confirmed", "outcome"),
    [(3, 0, Outcome.FAILED), (2, 0, Outcome.PASSED), (9, 1, Outcome.PASSED)],
)
def test_stops_that_never_arrive_fail(
    tmp_path: Path, asked: int, confirmed: int, outcome: Outcome
) -> None:
    """A bot that moves the stop of another leg asks for ever, and its fills still add up."""
    moves = [Moves(leg="ETHUSDT-1", asked=asked, confirmed=confirmed)]
    result = _judge(tmp_path, moves=moves)
    assert result.outcome is outcome
    told = {row.what: row.measured for row in result.evidence}
    assert told["stops of ETHUSDT-1 moved"] == f"{confirmed} confirmed, {asked} asked for"


@pytest.mark.parametrize(("late", "outcome"), [((1, 2), Outcome.FAILED), ((1, 1), Outcome.PASSED)])
def test_stops_that_come_after_their_entries_fail(
    tmp_path: Path, late: Sequence[int], outcome: Outcome
) -> None:
    """The bot asks again, so that its legs are protected in the end, and were bare until then."""
    moves = [Moves(leg=f"L{n}", asked=9, confirmed=9, late=n) for n in late]
    result = _judge(tmp_path, moves=moves)
    assert result.outcome is outcome
    assert [each.rule_id for each in result.findings] == ["dry-run-bare-entry"] * (sum(late) >= 3)


def test_a_run_that_asked_for_no_stop_is_blocked(tmp_path: Path) -> None:
    """Stops that further entries brought moved the summary's count, and nothing was ever asked."""
    moves = [Moves(leg="BTCUSDT-1", asked=0, confirmed=0)]
    result = _judge(tmp_path, moves=moves)
    assert result.outcome is Outcome.BLOCKED
    assert "no stop was ever moved by a request" in result.reason


async def test_moves_are_read_by_leg(database_url: str) -> None:
    """Asked for and confirmed, each leg for itself; a database without the table tells nothing."""
    assert await read_moves(database_url) == []
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "CREATE TABLE sltp_history"
        " (exchange text, symbol text, position_idx int, status text, cause text)"
    )
    await connection.executemany(
        "INSERT INTO sltp_history VALUES ('bybit', 'BTCUSDT', $1, $2, $3)",
        [
            *((1, "ATTACHED", "entry"), (1, "ASKED", "trailing"), (1, "SET", "trailing")),
            *((2, "ASKED", "entry"), (2, "ASKED", "further entry"), (2, "SET", "entry")),
        ],
    )
    await connection.close()
    assert await read_moves(database_url) == [
        Moves(leg="BTCUSDT-1", asked=1, confirmed=1),
        Moves(leg="BTCUSDT-2", asked=2, confirmed=1, late=2),
    ]


def test_what_passed_on_the_wire_is_judged_too(tmp_path: Path) -> None:
    """A broken rule fails the run; a recording without an order proves nothing of any."""
    broken = Finding(
        rule_id="W03", severity=Severity.CRITICAL, message="closes without reduceOnly", fix="Say it"
    )
    result = _judge(tmp_path, wire=Wire(commands=4, findings=(broken,)))
    assert (result.outcome, result.findings) == (Outcome.FAILED, (broken,))
    assert result.evidence[-1].measured == "4, 1 rules broken"
    result = _judge(tmp_path, wire=Wire(problem="no order passed at the exchange"))
    assert (result.outcome, result.reason) == (
        Outcome.BLOCKED,
        "the run did not exercise everything: no order passed at the exchange",
    )


@pytest.mark.parametrize(
    ("amended", "rest", "outcome"),
    [(0, True, Outcome.BLOCKED), (1, True, Outcome.PASSED), (0, False, Outcome.PASSED)],
)
def test_ladders_that_rest_are_amended_when_their_legs_grow(
    tmp_path: Path, amended: int, outcome: Outcome, *, rest: bool
) -> None:
    """Hours of market bring further entries; those on touch have nothing to amend."""
    wire = Wire(commands=3, amended=amended)
    result = _judge(tmp_path, told=Told(ladders_rest=rest), wire=wire)
    assert result.outcome is outcome
    assert ("no ladder that rests was ever amended" in result.reason) == (
        outcome is Outcome.BLOCKED
    )


def test_a_run_without_trades_is_blocked(tmp_path: Path) -> None:
    """A bot that never traded did not fail; it was not tried."""
    result = _judge(tmp_path, legs={})
    assert (result.outcome, result.reason) == (
        Outcome.BLOCKED,
        "the run did not exercise everything: no leg was opened",
    )


def test_a_problem_fails_even_where_little_was_exercised(tmp_path: Path) -> None:
    """What the launcher reports as wrong is a critical finding, whatever else is missing."""
    result = _judge(tmp_path, exit_code=1, legs={}, problems=["ours 1, theirs 2"])
    assert result.outcome is Outcome.FAILED
    assert [finding.message for finding in result.findings] == ["ours 1, theirs 2"]
    assert result.coverage_ratio == 0.75


@pytest.mark.parametrize(
    ("exit_code", "duration_s", "rule_id"),
    [(1, 30.2, "dry-run-exit"), (0, 12.0, "dry-run-short")],
)
def test_a_bad_end_fails(tmp_path: Path, exit_code: int, duration_s: float, rule_id: str) -> None:
    """A launcher that ends with an error, or before its time, did not do what it was asked."""
    result = _judge(tmp_path, exit_code=exit_code, duration_s=duration_s)
    assert [finding.rule_id for finding in result.findings] == [rule_id]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": 2}, "version 2, expected 1"),
        ({"problems": "none"}, r"cannot be read.*problems"),
        ({"legs": {"BTCUSDT-1": {"entries": "two"}}}, r"cannot be read.*entries"),
    ],
)
def test_a_summary_of_another_kind_is_blocked(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    """What cannot be read is not guessed at."""
    result = _judge(tmp_path, **changed)
    assert result.outcome is Outcome.BLOCKED
    assert re.search(said, result.reason)


@pytest.mark.parametrize(
    ("launcher", "outcome", "said"),
    [
        ("import sys; print('LaunchError: hedge_mode is false'); sys.exit(2)", "BLOCKED", "hedge"),
        (
            "import json, os, sys\n"
            "assert 'scratch_' in os.environ['DATABASE_URL']\n"
            "assert sys.argv[1:4] == ['--mode=all', '--dry-run', '--duration=30']\n"
            f"json.dump({SUMMARY!r}, open(sys.argv[4].split('=')[1], 'w'))\n"
            f"open(sys.argv[5].split('=')[1], 'wb').write({RECORDING!r})",
            "PASSED",
            "",
        ),
    ],
)
async def test_the_launcher_is_started_as_its_user_starts_it(
    tmp_path: Path, postgres_url: str, launcher: str, outcome: str, said: str
) -> None:
    """The user's own command runs on a scratch database; without a summary its words are kept."""
    (tmp_path / "unified_launcher.py").write_text(launcher)
    result = await run(CHECK, _context(tmp_path, postgres_url))
    assert result.outcome == outcome
    assert said in result.reason


@pytest.mark.parametrize(("seen", "outcome"), [(1, "PASSED"), (0, "BLOCKED")])
async def test_a_run_that_did_not_exercise_everything_is_made_once_more(
    tmp_path: Path, postgres_url: str, seen: int, outcome: str
) -> None:
    """What never came to pass may in the next run, which is told; after that it is missing."""
    first = {**LEG, "ladder_steps": 0}
    again = {**LEG, "ladder_steps": seen}
    (tmp_path / "unified_launcher.py").write_text(
        "import json, sys\n"
        "file = sys.argv[4].split('=')[1]\n"
        f"leg = {again!r} if 'again' in file else {first!r}\n"
        "legs = {'BTCUSDT-1': leg, 'BTCUSDT-2': leg}\n"
        f"json.dump({SUMMARY!r} | {{'legs': legs}}, open(file, 'w'))\n"
        f"open(sys.argv[5].split('=')[1], 'wb').write({RECORDING!r})"
    )
    result = await run(CHECK, _context(tmp_path, postgres_url))
    assert result.outcome == outcome
    assert "without ladder step" in result.evidence[-1].measured


@pytest.mark.parametrize(
    ("duration_s", "usual_speed", "speed"), [(30, 60, 600), (300, 60, 60), (300, 90, 90)]
)
def test_every_run_holds_the_market_of_the_check(
    tmp_path: Path, duration_s: int, usual_speed: int, speed: int
) -> None:
    """Five hours of one market, in which legs outlive their horizon; nothing else is changed."""
    expected = yaml.safe_load((ROOT / "config/bot.yaml").read_text("utf-8"))
    expected["dry_run"]["speed"] = usual_speed
    usual, written = tmp_path / "bot.yaml", tmp_path / "dry_run.yaml"
    usual.write_text(yaml.safe_dump(expected), encoding="utf-8")
    assert write_config(usual, written, duration_s)
    expected["dry_run"] |= {"speed": speed, "seed": 2}
    expected["enhanced_sltp"]["horizon_s"] = 900
    assert yaml.safe_load(written.read_text("utf-8")) == expected


@pytest.mark.parametrize("text", [None, "[", "trading: {}", "nothing"])
def test_what_is_no_configuration_is_left_to_the_launcher(tmp_path: Path, text: str | None) -> None:
    """It says itself what is wrong with it."""
    usual, written = tmp_path / "bot.yaml", tmp_path / "dry_run.yaml"
    if text is not None:
        usual.write_text(text, encoding="utf-8")
    assert not write_config(usual, written, 30)
    assert not written.exists()


@pytest.mark.parametrize(("index", "side"), [("1", "long"), ("2", "short")])
def test_legs_of_both_sides_are_left_by_orders(tmp_path: Path, index: str, side: str) -> None:
    """Stops and targets of the exchange show nothing of the bot's own exits."""
    legs = {f"{symbol}-{n}": LEG for symbol in ("BTCUSDT", "ETHUSDT") for n in "12"}
    legs[f"BTCUSDT-{index}"] = LEG | {"exits": 0}
    assert _judge(tmp_path, legs=legs).outcome is Outcome.PASSED
    legs[f"ETHUSDT-{index}"] = LEG | {"exits": 0}
    result = _judge(tmp_path, legs=legs)
    assert result.outcome is Outcome.BLOCKED
    assert f"no {side} leg was left by an order of the bot" in result.reason
