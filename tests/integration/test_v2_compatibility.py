"""The same tape through v2 and v3: the same decisions, except where v3 means to differ.

Both run as their users run them, over real sockets and PostgreSQL, each on a simulator of its own
that replays the same candles. Every difference must be one of INTENDED; each of those must occur.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot_trading.session import run_session
from bot_trading.settings import Settings
from bot_trading.storage import schema
from readiness.scratch_database import scratch_database
from tests.builders.aged_bot import v2_exchange, v2_process
from tests.builders.aged_comparison import (
    Decision,
    History,
    Life,
    Sent,
    differences,
    of_symbol,
    v2_did,
    v3_did,
)
from tests.builders.aged_tape import CANDLE_MS, START_MS, Tape, write_tape
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import simulator_process

INTENDED = {
    "legs": "v2 has one position per symbol and closes it when the signal turns; v3 opens the other"
    " leg, and the first one lives until its own exit",
    "position_idx": "v3 names the leg of each order, v2's account has none",
    "reduce_only": "a closing order of v3 can never open a position, one of v2 can",
    "client_order_id": "v3 finds its order again after a lost answer, v2 cannot",
    "stop_on_exchange": "v3's stop and target rest on the exchange from the first fill on, v2's"
    " exist while v2 runs",
    "exit_time": "v2 leaves when it next polls, and counts a horizon in closed candles; v3 leaves"
    " when the market is there",
}
LADDER = {
    "ladder": "v2 takes its profit at once, v3 in steps of its ladder",
}
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
    _expect_only(INTENDED, runs.v2, runs.v3)
    # A ladder frees a part of the leg's limit early, so it is compared where no limit is near.
    v2, v3 = (of_symbol(history, "BTCUSDT") for history in (runs.v2, runs.with_ladder))
    _expect_only(INTENDED | LADDER, v2, v3)


def _expect_only(intended: dict[str, str], v2: History, v3: History) -> None:
    """Every difference is an intended one, and each intended one occurs."""
    found = differences(v2, v3)
    assert [one for one in found if one.kind not in intended] == []
    assert {one.kind for one in found} == set(intended)


def _expect_that_all_was_tried(v2: History) -> None:
    """The tape led v2 through entries, additions, denials and every reason to leave."""
    decided = Counter(one.quantity is not None for one in v2.decisions)
    assert decided == {True: 16, False: 2}
    reasons = {why for life in v2.lives for why, _ in life.exits}
    assert reasons == {"stop_loss", "take_profit", "timeout", "reverse"}
    assert {one.direction for one in v2.decisions} == {"long", "short"}
    assert any(life.closed_ms is None for life in v2.lives)


CANDLE = Decision(symbol="BTCUSDT", candle_ms=START_MS, direction="long", quantity=Decimal(2))
STOPPED = Life(
    symbol="BTCUSDT",
    direction="long",
    entered=Decimal(2),
    opened_ms=START_MS + 2_000,
    closed_ms=START_MS + 90_000,
    exits=(("stop_loss", Decimal(2)),),
)
PLAIN = Sent(
    symbol="BTCUSDT",
    side="Buy",
    position_idx=0,
    reduce_only=False,
    has_id=False,
    carries_stop=False,
    rested_there=False,
)
ENTRY = dataclasses.replace(PLAIN, position_idx=1, has_id=True, carries_stop=True)
EXIT = dataclasses.replace(PLAIN, side="Sell", position_idx=1, reduce_only=True, has_id=True)


def _a_history(**changes: Any) -> History:
    return History(**({"decisions": (CANDLE,), "lives": (STOPPED,), "orders": ()} | changes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("decision", {"decisions": ()}),
        ("decision", {"decisions": (CANDLE, CANDLE)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, direction="short"),)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, quantity=None),)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, quantity=Decimal(3)),)}),
        ("life", {"lives": ()}),
        ("life", {"lives": (dataclasses.replace(STOPPED, entered=Decimal(4)),)}),
        ("life", {"lives": (dataclasses.replace(STOPPED, direction="short"),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, exits=(("timeout", Decimal(2)),)),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, exits=(), closed_ms=None),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, closed_ms=START_MS + 4 * CANDLE_MS),)}),
        ("v3_order", {"orders": (PLAIN,)}),
        ("v3_order", {"orders": (dataclasses.replace(ENTRY, carries_stop=False),)}),
        ("v3_order", {"orders": (dataclasses.replace(ENTRY, has_id=False),)}),
        ("v3_order", {"orders": (dataclasses.replace(EXIT, reduce_only=False),)}),
    ],
)
def test_what_is_not_intended_is_named(kind: str, changes: dict[str, Any]) -> None:
    """Each way in which v3 could decide or send otherwise than v2 is found, as its own kind."""
    found = {one.kind for one in differences(_a_history(), _a_history(**changes))}
    assert kind in found
    assert kind not in INTENDED


def test_a_v2_order_that_is_not_plain_is_named() -> None:
    """If v2 began to send legs or flags, the comparison would not be with v2 any more."""
    for order in (ENTRY, EXIT):
        found = differences(_a_history(orders=(order,)), _a_history())
        assert [one.kind for one in found] == ["v2_order"]


def test_equal_histories_differ_in_nothing() -> None:
    """Without a difference none is named."""
    assert differences(_a_history(), _a_history()) == []


def test_what_is_intended_is_named_too() -> None:
    """A turn, a later exit, a ladder and v3's own kinds of orders are found as intended kinds."""
    turned = dataclasses.replace(STOPPED, exits=(("reverse", Decimal(2)),))
    late = dataclasses.replace(STOPPED, closed_ms=START_MS + 91_000)
    found = differences(
        _a_history(lives=(turned,)), _a_history(lives=(STOPPED,), orders=(ENTRY, EXIT))
    )
    found += differences(_a_history(lives=(late,)), _a_history())
    taken, steps = (
        dataclasses.replace(STOPPED, exits=(("take_profit", Decimal(2 // count)),) * count)
        for count in (1, 2)
    )
    found += differences(_a_history(lives=(taken,)), _a_history(lives=(steps,)))
    assert {one.kind for one in found} == set(INTENDED | LADDER)
