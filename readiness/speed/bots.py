"""The two bots that are measured: the bundled ones as they are made quick to act, or the user's."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from readiness.wire.bots import Bot
from readiness.wire.own_bot import COMMAND

__all__ = ["SYMBOLS", "Racer", "bundled"]

# More symbols at this speed would need more than the ten orders a second that Bybit takes and that
# v3 keeps to by itself: its orders would wait for that, at a pace that no market has.
SYMBOLS = ("BTCUSDT", "ETHUSDT")
NOTIONAL_USDT = 100  # Above the least that the exchange takes of each.
PLENTY = 10_000_000
# Every candle is an opinion: no limit of risk shall keep the new bot from following it.
COUNTS = ("executions_max", "consecutive_losses_max", "identical_orders_max")
V2 = (
    *(sys.executable, "-m", "legacy_v2", "--rest-url", "{rest_url}", "--poll", "0.2"),
    *("--symbols", ",".join(SYMBOLS), "--lookback-candles", "1", "--threshold-bps", "0.0001"),
    *("--cool-down-candles", "0", "--order-notional-usdt", str(NOTIONAL_USDT)),
    *("--log-level", "WARNING"),
)
V2_ENVIRON = {
    "BYBIT_API_KEY": "{api_key}",
    "BYBIT_API_SECRET": "{api_secret}",
    "DATABASE_URL": "{database_url}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Racer:
    """A bot, the name that it has in the report, and the exchange that it is measured at."""

    name: str
    bot: Bot
    market: str = "bybit"


def bundled(root: Path, folder: Path) -> tuple[Racer, Racer]:
    """v2 and v3 of this checkout, with an opinion on every candle; writes v3's configuration."""
    config = folder / "speed-v3.yaml"
    _write_config(root / "config/bot.yaml", config)
    old = Bot(command=V2, folder=root, mode="one-way", environ=V2_ENVIRON)
    new = replace(old, command=(*COMMAND, "--config", str(config)), mode="hedge", environ={})
    return Racer(name="v2", bot=old), Racer(name="v3", bot=new)


def _write_config(usual: Path, config: Path) -> None:
    """The usual configuration of v3, with an opinion on every candle and no limit in its way."""
    told = yaml.safe_load(usual.read_text("utf-8"))
    told["trading"]["symbols"] = list(SYMBOLS)
    told["strategy"]["momentum"] |= {
        "lookback_candles": 1,
        "threshold_bps": 0.0001,
        "cool_down_candles": 0,
    }
    told["sizing"]["order_notional_usdt"] = NOTIONAL_USDT
    amounts = [name for name in told["risk"] if name.endswith("_max_usdt")]
    told["risk"] |= {
        **dict.fromkeys(amounts, PLENTY),
        **dict.fromkeys(COUNTS, 100_000),
        "leverage_max": 20,
        "order_quantity_max": dict.fromkeys(SYMBOLS, PLENTY),
        "correlation_groups": {},
    }
    config.write_text(yaml.safe_dump(told), "utf-8")
