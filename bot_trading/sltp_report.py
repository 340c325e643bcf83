"""The life of a leg as one picture, from the database alone: price, entry, ladder, stop, exits.

    python3 scripts/draw_leg_life.py --account ACCOUNT --symbol BTCUSDT --leg 1 --output life.html

`--episode` picks a life, the last finished one without it. The price line is what the rows tell:
fills and the prices at which stops were decided. A path that ends in .png gives the
picture alone, any other a page with the picture and its tables.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Annotated, Any

import typer

from bot_trading.engine.bootstrap import build_database
from bot_trading.errors import BotTradingError, ConfigError
from bot_trading.storage.database import Database
from bot_trading.storage.embedded import database_url

__all__ = ["Life", "main", "page", "picture", "read_life"]

Row = Any  # A row of a query, by column name.


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of a leg: its fills, its levels and the path of its stop, oldest first."""

    account: str
    symbol: str
    position_idx: int
    episode: int
    fills: Sequence[Row]
    rungs: Sequence[Row]
    steps: Sequence[Row]

    @property
    def result(self) -> Decimal:
        """Quote coin gained over the fills, commission paid, funding apart."""
        sign = 1 if self.position_idx == 1 else -1
        gained = Decimal(0)
        for fill in self.fills:
            value = fill["last_qty"] * fill["last_px"]
            gained += -sign * value if fill["is_opening"] else sign * value
            gained -= fill["commission"]
        return gained


async def read_life(
    database: Database, account: str, symbol: str, position_idx: int, episode: int | None
) -> Life:
    """What the tables hold of one life; raises `ConfigError` when they hold none."""
    leg = (account, symbol, position_idx)
    fills = await database.fetch(_FILLS, *leg)
    lives = _lives(fills)
    if episode is None:
        ended = [number for number, life in lives.items() if _open_qty(life) == 0]
        episode = max(ended or lives or [0])
    if episode not in lives:
        raise ConfigError(
            f"account {account!r} has no life {episode} of {symbol} leg {position_idx}: "
            f"it has {', '.join(map(str, lives)) or 'none'}"
        )
    return Life(
        account=account,
        symbol=symbol,
        position_idx=position_idx,
        episode=episode,
        fills=lives[episode],
        rungs=await database.fetch(_RUNGS, *leg, episode),
        steps=await database.fetch(_STEPS, *leg, episode),
    )


def _lives(fills: Sequence[Row]) -> dict[int, list[Row]]:
    """Fills by the life that they belong to, counted from flat to flat."""
    lives: dict[int, list[Row]] = {}
    number, held = 0, Decimal(0)
    for fill in fills:
        if held == 0:
            number += 1
        lives.setdefault(number, []).append(fill)
        held += fill["last_qty"] if fill["is_opening"] else -fill["last_qty"]
    return lives


def _open_qty(fills: Sequence[Row]) -> Decimal:
    return sum(
        (fill["last_qty"] if fill["is_opening"] else -fill["last_qty"] for fill in fills),
        Decimal(0),
    )


def picture(life: Life) -> bytes:
    """The life as a PNG: prices above, what is open and what was gained below."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9, "axes.grid": True, "grid.alpha": 0.25}):
        figure = Figure(figsize=(12, 7.5), layout="constrained")
        prices, gains = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        _draw_prices(prices, life)
        _draw_gains(gains, life)
        figure.autofmt_xdate()
        data = io.BytesIO()
        figure.savefig(data, format="png", dpi=120)
    return data.getvalue()


def _draw_prices(axes: Any, life: Life) -> None:
    seen = [(fill["recorded_at"], fill["last_px"]) for fill in life.fills]
    seen += [(row["recorded_at"], row["price_seen"]) for row in life.steps if row["price_seen"]]
    seen.sort()
    axes.plot([at for at, _ in seen], [float(p) for _, p in seen], lw=1, label="price seen")
    stops = [row for row in life.steps if row["status"] in ("ATTACHED", "SET")]
    end = life.fills[-1]["recorded_at"]
    times = [row["recorded_at"] for row in stops] + ([end] if stops else [])
    path = [float(row["stop_loss"]) for row in stops]
    axes.step(times, path + path[-1:], where="post", color="tab:red", label="stop that rests")
    for rung in life.rungs:
        at, quantity = rung["trigger_price"].normalize(), rung["close_qty"].normalize()
        label = f"level {rung['level']}: {quantity:f} at {at:f} {rung['status']}"
        color = "tab:green" if rung["status"] == "FILLED" else "tab:gray"
        axes.axhline(float(rung["trigger_price"]), color=color, ls=":", lw=1, label=label)
    for is_opening, marker, label in ((True, "^", "entries"), (False, "v", "exits")):
        points = [fill for fill in life.fills if fill["is_opening"] is is_opening]
        axes.scatter(
            [fill["recorded_at"] for fill in points],
            [float(fill["last_px"]) for fill in points],
            marker=marker,
            s=45,
            zorder=3,
            color="black" if is_opening else "tab:orange",
            label=label,
        )
    side = "long" if life.position_idx == 1 else "short"
    axes.set_title(f"{life.symbol} {side}, life {life.episode}: {life.result:+.4f} USDT after fees")
    axes.set_ylabel("price, USDT")
    axes.legend(loc="best", fontsize=8)


def _draw_gains(axes: Any, life: Life) -> None:
    """Cash less cost of what is open at its last price: the result as it grew."""
    sign = 1 if life.position_idx == 1 else -1
    cash, held = Decimal(0), Decimal(0)
    times: list[datetime] = []
    gains: list[float] = []
    for fill in life.fills:
        change = fill["last_qty"] if fill["is_opening"] else -fill["last_qty"]
        cash -= sign * change * fill["last_px"] + fill["commission"]
        held += change
        times.append(fill["recorded_at"])
        gains.append(float(cash + sign * held * fill["last_px"]))
    axes.step(times, gains, where="post", color="tab:blue")
    axes.axhline(0, color="black", lw=0.6)
    axes.set_ylabel("P&L, USDT")
    axes.set_xlabel("recorded at, UTC")


def page(life: Life) -> str:
    """A self-contained page: the picture, and every row that it stands on."""
    image = base64.b64encode(picture(life)).decode()
    title = escape(f"{life.symbol} leg {life.position_idx}, life {life.episode}")
    tables = "".join(
        _table(name, rows)
        for name, rows in (("Levels", life.rungs), ("Stop", life.steps), ("Fills", life.fills))
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        f"<p>Account {escape(life.account)}: {life.result:+.4f} USDT after fees.</p>"
        f'<img alt="price, ladder, stop and exits" src="data:image/png;base64,{image}">{tables}'
    )


def _table(name: str, rows: Sequence[Row]) -> str:
    if not rows:
        return f"<h2>{name}</h2><p>None.</p>"
    head = "".join(f"<th>{escape(column)}" for column in rows[0].keys())  # noqa: SIM118
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_shown(value))}" for value in row.values()) for row in rows
    )
    return f"<h2>{name}</h2><table><tr>{head}{body}</table>"


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return "" if value is None else str(value)


async def _write(
    url: str, account: str, symbol: str, leg: int, episode: int | None, output: Path
) -> Life:
    database = build_database(url)
    await database.connect()
    try:
        life = await read_life(database, account, symbol, leg, episode)
    finally:
        await database.close()
    drawn = picture(life) if output.suffix == ".png" else page(life).encode()
    await asyncio.to_thread(output.write_bytes, drawn)
    return life


def main(
    account: Annotated[str, typer.Option(help="Whose leg it is.")],
    symbol: Annotated[str, typer.Option(help="Its symbol.")],
    leg: Annotated[int, typer.Option(min=1, max=2, help="1 long, 2 short.")],
    output: Annotated[Path, typer.Option(help="File to write, .html or .png.")],
    episode: Annotated[int | None, typer.Option(min=1, help="Which life of the leg.")] = None,
) -> None:
    """Draw one life of a leg from the database."""
    try:
        with database_url(os.environ) as url:
            life = asyncio.run(_write(url, account, symbol, leg, episode, output))
    except (BotTradingError, OSError) as error:
        sys.stderr.write(f"no report: {error}\n")
        raise typer.Exit(1) from error
    sys.stdout.write(f"{output}: life {life.episode}, {life.result:+.4f} USDT after fees\n")


_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2em;max-width:1300px}img{max-width:100%}"
    "table{border-collapse:collapse;font-size:12px}td,th{border:1px solid #ccc;padding:2px 6px}"
)

_FILLS = """
SELECT recorded_at, side::text, last_qty, last_px, commission, liquidity_side::text,
    client_order_id, (side = 'BUY') = (position_idx = 1) AS is_opening
FROM fills WHERE account = $1 AND symbol = $2 AND position_idx = $3
ORDER BY event_at, recorded_at, trade_id COLLATE "C" """

_RUNGS = """
SELECT level, trigger_ratio, close_ratio, close_qty, filled_qty, trigger_price, price_seen,
    status::text, attempts, cause, client_order_id, recorded_at, updated_at
FROM partial_tp_history
WHERE account = $1 AND symbol = $2 AND position_idx = $3 AND episode = $4 ORDER BY level"""

_STEPS = """
SELECT recorded_at, status::text, stop_loss, take_profit, price_seen, cause, updates, note
FROM sltp_history
WHERE account = $1 AND symbol = $2 AND position_idx = $3 AND episode = $4
ORDER BY recorded_at, id"""
