"""First fill on the wire → the leg's stop on the wire, and a killed bot's way back to its legs.

Run: `python -m tests.benchmarks.bench_first_stop [seconds]`. The bot, its PostgreSQL (commit before
the send) and the simulator run as in a dry run; the simulator's recording is the only clock.

On Bybit the stop comes with the entry: what is timed is the fill's frame until the first frame that
shows the leg with its stop. On Binance the stop is an order of its own that is sent before the
entry: what is timed is the fill's frame until a stop of the leg rests, 0 where one rests already.
Then the bot is killed with its legs open and started again; an order of a ladder was canceled
meanwhile, and what is timed is from the start of the process until that order is laid anew.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop
from pybit.unified_trading import HTTP
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.exchanges.binance.config import Credentials
from bot_trading.session import Session, run_session
from bot_trading.settings import Settings, load
from bot_trading.storage import embedded, schema
from readiness.scratch_database import scratch_database
from tests.builders.session_process import session_process
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import simulator_process

SYMBOLS = ("BTCUSDT", "ETHUSDT")
SPEED = 120
SLOW = "10"  # Slow enough for a leg to outlive all restarts.
RESTARTS = 8
EAGER: dict[str, Any] = {
    "momentum": {
        "lookback_candles": 1,
        "threshold_bps": 0.0001,
        "cool_down_candles": 0,
        "confidence_ratio": 0.5,
    }
}
SHORT_LIVES = {"horizon_s": 60}
NO_PAUSE = {"executions_max": 100_000}
OPTIONS = ("--symbols", ",".join(SYMBOLS), "--speed", str(SPEED), "--limits", "off", "--seed", "5")
DELAYS = ("--socket-delay-ms", "0", "--trade-delay-ms", "0")
Event = dict[str, Any]
Key = tuple[str, str]


async def trade(server_url: str, recording: Path, market: str, seconds: float) -> dict[str, Any]:
    """One session whose legs live for a minute of the market; its summary."""
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        asked = (*OPTIONS, *DELAYS, "--market", market, "--record", str(recording))
        async with simulator_process(*asked) as announced:
            if market == "bybit":
                changes = {"strategy": EAGER, "enhanced_sltp": SHORT_LIVES, "risk": NO_PAUSE}
                settings = settings_for(announced, **changes)
                session = a_session(announced, settings, url, "bench", seconds)
            else:
                session = _on_binance(announced["binance"], url, seconds)
            return await run_session(session, asyncio.Event())


def _on_binance(place: dict[str, str], url: str, seconds: float) -> Session:
    """The same session on Binance's protocol."""
    data = load().model_dump()
    data["trading"]["exchanges"] = ["binance"]
    data["strategy"].update(EAGER)
    data["enhanced_sltp"].update(SHORT_LIVES)
    data["risk"].update(NO_PAUSE)
    sockets = dict.fromkeys(("ws_public_url", "ws_market_url"), place["ws_public_url"])
    addresses = {"rest_url": place["rest_url"], "key_url": place["rest_url"], **sockets}
    data["exchanges"]["binance"].update(addresses, ws_private_url=place["ws_private_url"])
    keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
    return Session(
        settings=Settings.model_validate(data),
        account="bench",
        database_url=url,
        credentials={"binance": keys},
        duration_s=seconds,
        console=Console(quiet=True),
    )


def events(recording: Path) -> Iterator[Event]:
    """The recording's lines, with the text of each frame or body under `text`."""
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            event["text"] = event.get("frame", event.get("body", {})).get("text", "")
            yield event


def on_binance_ms(recording: Path) -> list[float]:
    """From the frame of a life's first fill until a stop of its leg rests: 0 if one rests then."""
    resting: dict[Key, set[str]] = defaultdict(set)
    filled_us: dict[Key, int] = {}
    held: set[Key] = set()
    found = []
    for event in events(recording):
        if event["kind"] != "out" or '"e":"' not in event["text"]:
            continue
        frame = json.loads(event["text"])
        frame = frame.get("data", frame)
        if frame["e"] == "ACCOUNT_UPDATE":
            held -= {(leg["s"], leg["ps"]) for leg in frame["a"]["P"] if float(leg["pa"]) == 0}
        if frame["e"] not in ("ALGO_UPDATE", "ORDER_TRADE_UPDATE"):
            continue
        row, at_us = frame["o"], event["wall_us"]
        key = (row["s"], row["ps"])
        opens = (row["S"] == "BUY") is (row["ps"] == "LONG")
        if frame["e"] == "ALGO_UPDATE" and row["o"] == "STOP_MARKET":
            _note_stop(resting[key], row)
        elif row.get("x") == "TRADE" and opens and key not in held:
            held.add(key)
            filled_us[key] = at_us
        if key in filled_us and resting[key]:
            found.append((at_us - filled_us.pop(key)) / 1000)
    return found


def _note_stop(resting: set[str], row: dict[str, Any]) -> None:
    """A stop that was placed rests until it is triggered, canceled, or gone with its leg."""
    (resting.add if row["X"] == "NEW" else resting.discard)(row["caid"])


def on_bybit_ms(recording: Path) -> list[float]:
    """From the frame of a life's first fill to the first frame that shows the leg's stop."""
    filled_us: dict[tuple[str, int], int] = {}
    held: set[tuple[str, int]] = set()
    found = []
    for event in events(recording):
        if event["kind"] != "out":
            continue
        if '"topic":"execution' in event["text"]:
            for row in json.loads(event["text"])["data"]:
                key = (row["symbol"], 1 if row["side"] == "Buy" else 2)
                if row["execType"] == "Trade" and float(row["closedSize"]) == 0 and key not in held:
                    filled_us.setdefault(key, event["wall_us"])
        elif '"topic":"position' in event["text"]:
            for row in json.loads(event["text"])["data"]:
                key = (row["symbol"], row["positionIdx"])
                if float(row["size"]) == 0:
                    held.discard(key)
                elif key in filled_us and float(row["stopLoss"] or 0):
                    found.append((event["wall_us"] - filled_us.pop(key)) / 1000)
                    held.add(key)
    return found


async def come_back(server_url: str) -> list[float]:
    """Milliseconds from the start of a process to the ladder's missing order, of each restart."""
    found = []
    changes: dict[str, Any] = {"strategy": EAGER, "enhanced_sltp": {"horizon_s": 86_400}}
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        async with simulator_process(*OPTIONS[:2], "--limits", "off", "--speed", SLOW) as announced:
            place = announced["bybit"]
            person = HTTP(api_key=place["api_key"], api_secret=place["api_secret"])
            person.endpoint = place["rest_url"]
            for number in range(RESTARTS + 1):
                began_us = time.time_ns() // 1000
                async with session_process(announced, url, "bench", changes) as bot:
                    laid_us = await asyncio.to_thread(_ladder_laid_us, person, began_us)
                    if number:
                        found.append((laid_us - began_us) / 1000)
                    # From here on its legs are there: no restart enters another one meanwhile.
                    changes["strategy"] = {"momentum": {**EAGER["momentum"], "threshold_bps": 9000}}
                    bot.kill()
                    await bot.wait()
                rows = await asyncio.to_thread(_ladder, person)
                rows = [row for row in rows if row["reduceOnly"]]
                named = {"category": "linear", "symbol": rows[0]["symbol"]}
                person.cancel_order(**named, orderId=rows[0]["orderId"])
    return found


def _ladder(person: HTTP) -> list[dict[str, Any]]:
    asked = {"category": "linear", "settleCoin": "USDT", "orderFilter": "Order"}
    rows: list[dict[str, Any]] = person.get_open_orders(**asked)["result"]["list"]
    return rows


def _ladder_laid_us(person: HTTP, began_us: int) -> int:
    """When a new reduce-only order was first seen to rest."""
    known = {row["orderId"] for row in _ladder(person)}
    while time.time_ns() // 1000 < began_us + 60_000_000:
        rows = _ladder(person)
        if any(row["reduceOnly"] and row["orderId"] not in known for row in rows):
            return time.time_ns() // 1000
        time.sleep(0.01)
    raise TimeoutError("the ladder was not laid within a minute")


def _add(table: Table, what: str, found: list[float], demanded: str) -> None:
    found = sorted(found)
    ranks = (found[int(len(found) * share)] for share in (0.5, 0.95, 0.99))
    shown = [f"{rank:,.2f}" for rank in ranks]
    table.add_row(what, str(len(found)), *shown, f"{found[-1]:,.2f}", demanded)


def main() -> None:
    """Print n, median and tails of all three, and the load that they were measured at."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    table = Table(title=f"first fill → stop; load {os.getloadavg()[0]:.1f}")
    for title in ("what", "n", "p50 ms", "p95 ms", "p99 ms", "max ms", "demanded"):
        table.add_column(title, justify="left" if title == "what" else "right")
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        log.configure(Path(folder), "bench")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for market, measure in (("binance", on_binance_ms), ("bybit", on_bybit_ms)):
                recording = Path(folder) / f"{market}.gz"
                runner.run(trade(server_url, recording, market, seconds))
                _add(table, f"first fill → stop, {market}", measure(recording), "p99 < 50")
            back = runner.run(come_back(server_url))
            _add(table, "start after a kill → ladder whole", back, "< 5,000")
    Console().print(table)


if __name__ == "__main__":
    main()
