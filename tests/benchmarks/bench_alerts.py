"""From a line that the engine says to the webhook that hears of it (RTS 6 Art. 16: five seconds).

Run: `python -m tests.benchmarks.bench_alerts [alerts]`. The configured desk follows the lines and
sends to a webhook on loopback; each line is of another kind, so that none is grouped away, and
comes at a drawn instant, whatever the desk does meanwhile (seed 5).
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bot_trading.alerting import alert_desk, follow_lines
from bot_trading.settings import load as load_settings
from tests.builders.spread import load, with_interval
from tests.builders.webhook import webhook

_PAUSE_MAX_S = 1.0
_HEARD_S = 30.0


@dataclass(slots=True)
class Speaker:
    """What an engine's lines look like to those who follow them."""

    lines: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=200))


async def measured(count: int) -> list[float]:
    """Milliseconds of each alert, in their order."""
    chance = random.Random(5)
    async with webhook() as hook:
        settings = load_settings().alerts
        desk = alert_desk(settings, "bench", {settings.addresses_env: hook.address})
        if desk is None:
            raise SystemExit("the desk has no address")
        speaker, found = Speaker(), []
        following = asyncio.create_task(follow_lines(speaker, desk, settings.level))  # type: ignore[arg-type]
        for number in range(count):
            await asyncio.sleep(chance.uniform(0, _PAUSE_MAX_S))
            hook.heard.clear()
            began = time.perf_counter()
            kind = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12))
            speaker.lines.append((number + 1, "ERROR", f"risk limit {kind} is breached"))
            await asyncio.wait_for(hook.heard.wait(), _HEARD_S)
            found.append((time.perf_counter() - began) * 1_000)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return found


def main() -> None:
    """Print n, median, 99th percentile and largest."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    ranked = sorted(asyncio.run(measured(count)))
    table = Table(title=f"line to webhook, n = {count}, {load()}")
    for title in ("p50 ms (95 % interval)", "p99 ms (95 % interval)", "max ms"):
        table.add_column(title, justify="right")
    shares = [with_interval(ranked, share, 0) for share in (0.5, 0.99)]
    table.add_row(*shares, f"{ranked[-1]:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
