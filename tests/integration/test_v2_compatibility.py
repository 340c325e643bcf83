"""The same tape through v2 and v3: the same decisions, except where v3 means to differ.

Both run as their users run them, over real sockets and PostgreSQL, each on a simulator of its own
that replays the same candles. Every difference must be one that is listed; each of those must
occur. The check of the same name compares the two cores without a network.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot_trading.session import run_session
from bot_trading.settings import Settings
from bot_trading.storage import schema
from readiness.compatibility.histories import History, differences, of_symbol
from readiness.compatibility.intended import read_intended
from readiness.compatibility.tape import CANDLE_MS
from readiness.scratch_database import scratch_database
from tests.builders.aged_bot import v2_exchange, v2_process
from tests.builders.aged_comparison import v2_did, v3_did
from tests.builders.aged_tape import Tape, write_tape
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import simulator_process

INTENDED = frozenset(read_intended())
LADDER = "ladder"
SPEED = "60"
LEADS = (20, 60, 150)  # Candles before the script, a second each: a busy machine is given more.
START_CANDLES = 6  # After its leverage is set a bot reads candles and is ready to decide.
NOTIONAL_USDT = 1_900  # Two entries fill a leg's limit of 4,000 USDT, the third is denied.
EXITS = {"stop_loss_percent": 0.6, "take_profit_percent": 0.9, "horizon_s": 900}
# What v3 alone has is left out, except for the ladder in the run that tries it. Its last level is
# v2's target, so that the leg ends where v2's position does.
V3_ONLY: dict[str, Any] = {
    "partial_take_profit": None,
    "profit_protection": None,
    "trailing_stop": None,
    "volatility_adjustment": None,
    "time_adjustment": None,
}
WITH_LADDER = {
    "partial_take_profit": {
        "execution": "resting",
        "update_sl_after_partial": False,
        "levels": [
            {"percent": "0.3", "close_ratio": "0.5"},
            {"percent": "0.9", "close_ratio": "0.5"},
        ],
    }
}


def _v3_settings(announced: dict[str, Any], **exits: Any) -> Settings:
    """The default configuration with larger orders, and the exits that v2 has, and `exits`."""
    return settings_for(
        announced,
        sizing={"order_notional_usdt": NOTIONAL_USDT},
        enhanced_sltp=EXITS | V3_ONLY | exits,
    )


def _v2_options(settings: Settings) -> tuple[str, ...]:
    """v3's settings in v2's words, so that the rules are the same by construction."""
    momentum, exits = settings.strategy.momentum, settings.enhanced_sltp
    assert momentum is not None
    return (
        *("--symbols", ",".join(settings.trading.symbols), "--poll", "0.1"),
        *("--interval", str(settings.trading.candle_interval_s)),
        *("--lookback-candles", str(momentum.lookback_candles)),
        *("--threshold-bps", str(momentum.threshold_bps)),
        *("--cool-down-candles", str(momentum.cool_down_candles)),
        *("--order-notional-usdt", str(settings.sizing.order_notional_usdt)),
        *("--stop-loss-percent", str(exits.stop_loss_percent)),
        *("--take-profit-percent", str(exits.take_profit_percent)),
        *("--horizon", str(exits.horizon_s)),
    )


class VoidRunError(Exception):
    """A bot came too late, or could not keep up; nothing can be said of its decisions."""


async def _until_over(announced: dict[str, Any], tape: Tape, leverage: str) -> None:
    """Wait until the script is over on this exchange.

    A bot that has started has set the leverage; raises VoidRunError when that comes too late.
    """
    exchange = v2_exchange(announced)
    is_up = False
    while True:
        candles = await asyncio.to_thread(exchange.get_candles, "BTCUSDT", 60, 1)
        now_ms = candles["close_ms"].iloc[-1] if len(candles) else 0
        if not is_up:
            symbol = {"category": "linear", "symbol": "ETHUSDT"}
            listed = await asyncio.to_thread(exchange._get, "/v5/position/list", **symbol)
            is_up = listed["list"][0]["leverage"] == leverage
        if not is_up and now_ms >= tape.script_ms - START_CANDLES * CANDLE_MS:
            raise VoidRunError
        if now_ms >= tape.end_ms:
            return
        await asyncio.sleep(0.3)


async def _run_v2(tape: Tape, announced: dict[str, Any], url: str, settings: Settings) -> None:
    options = (*_v2_options(settings), "--log-level", "WARNING")
    async with v2_process(announced, url, *options) as process:
        await _until_over(announced, tape, str(settings.trading.leverage))
        process.terminate()
        _, said = await process.communicate()
    if b"missed" in said:
        raise VoidRunError


async def _run_v3(
    tape: Tape, announced: dict[str, Any], url: str, settings: Settings
) -> dict[str, Any]:
    stop = asyncio.Event()
    watch = asyncio.create_task(_until_over(announced, tape, str(settings.trading.leverage)))
    watch.add_done_callback(lambda _: stop.set())
    session = a_session(announced, settings, url, "compatibility", duration_s=200)
    summary = await run_session(session, stop)
    await watch
    return summary


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What v2, v3 with v2's exits, and v3 with a ladder on one symbol did, and v3's problems."""

    v2: History
    v3: History
    with_ladder: History
    problems: tuple[str, ...]


async def _run_all(postgres_url: str, tape: Tape) -> Runs:
    """Three bots, each on its own database and exchange, on the same tape. Raises VoidRunError."""
    replay = ("--replay", str(tape.folder), "--warmup-candles", str(tape.warm_up))
    async with (
        scratch_database(postgres_url) as v2_url,
        scratch_database(postgres_url) as v3_url,
        scratch_database(postgres_url) as ladder_url,
    ):
        for url in (v3_url, ladder_url):
            await schema.upgrade(url)
        async with (
            simulator_process(*replay, "--speed", SPEED, "--position-mode", "one-way") as v2_market,
            simulator_process(*replay, "--speed", SPEED) as v3_market,
            simulator_process(*replay, "--speed", SPEED) as ladder_market,
        ):
            settings = _v3_settings(v3_market)
            laddered = _v3_settings(ladder_market, **WITH_LADDER)
            try:
                async with asyncio.TaskGroup() as bots:
                    bots.create_task(_run_v2(tape, v2_market, v2_url, settings))
                    sessions = [
                        bots.create_task(_run_v3(tape, v3_market, v3_url, settings)),
                        bots.create_task(_run_v3(tape, ladder_market, ladder_url, laddered)),
                    ]
            except* VoidRunError as late:
                raise VoidRunError from late
            return Runs(
                v2=await asyncio.to_thread(v2_did, v2_url, v2_exchange(v2_market)),
                v3=await asyncio.to_thread(v3_did, v3_url, v2_exchange(v3_market)),
                with_ladder=await asyncio.to_thread(v3_did, ladder_url, v2_exchange(ladder_market)),
                problems=tuple(line for run in sessions for line in run.result()["problems"]),
            )


@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_v3_decides_as_v2_where_their_rules_are_the_same(
    postgres_url: str, tmp_path: Path
) -> None:
    """Signals, entries, denials, quantities and reasons to leave are the same on the same tape."""
    for lead in LEADS:
        try:
            runs = await _run_all(postgres_url, write_tape(tmp_path / str(lead), lead))
            break
        except VoidRunError:
            continue
    else:
        pytest.fail(f"this machine is too busy for three bots, {len(LEADS)} times")
    assert runs.problems == ()
    _expect_that_all_was_tried(runs.v2)
    _expect_only(INTENDED - {LADDER}, runs.v2, runs.v3)
    # A ladder frees a part of the leg's limit early, so it is compared where no limit is near.
    v2, v3 = (of_symbol(history, "BTCUSDT") for history in (runs.v2, runs.with_ladder))
    _expect_only(INTENDED, v2, v3)


def _expect_only(intended: frozenset[str], v2: History, v3: History) -> None:
    """Every difference is an intended one, and each intended one occurs."""
    found = differences(v2, v3)
    assert [one for one in found if one.kind not in intended] == []
    assert {one.kind for one in found} == intended


def _expect_that_all_was_tried(v2: History) -> None:
    """The tape led v2 through entries, additions, denials and every reason to leave."""
    decided = Counter(one.quantity is not None for one in v2.decisions)
    assert decided == {True: 16, False: 2}
    reasons = {why for life in v2.lives for why, _ in life.exits}
    assert reasons == {"stop_loss", "take_profit", "timeout", "reverse"}
    assert {one.direction for one in v2.decisions} == {"long", "short"}
    assert any(life.closed_ms is None for life in v2.lives)
