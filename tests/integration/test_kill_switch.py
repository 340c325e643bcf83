"""The kill switch as its users run it: a process of its own against a simulator of its own, also
while the bot hangs; what it leaves is read back from the exchange."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import yaml

from bot_trading import settings
from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import TimeInForce
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import OrderAccepted, ProtectionSet, StopKind
from bot_trading.exchanges.okx import config as okx
from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.halt_sign import Sign, leave, sign_folder
from bot_trading.kill_switch import kill_all
from bot_trading.killing import KillOrder
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from tests.builders.core import risk_limits
from tests.builders.intents import approved
from tests.builders.persons_market import (
    CALM,
    let_rest,
    open_leg,
    persons_market,
    read_account,
)
from tests.builders.running_simulator import Simulator
from tests.builders.session_process import session_process
from tests.builders.simulator_process import simulator_process

ROOT = Path(__file__).resolve().parents[2]


def _config(simulator: Simulator, folder: Path) -> Path:
    """The default configuration, pointed at the simulator, with its signs in `folder`."""
    data: dict[str, Any] = yaml.safe_load(settings.DEFAULT_CONFIG.read_text(encoding="utf-8"))
    place = simulator.config()
    for name in ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url"):
        data["exchanges"]["bybit"][name] = getattr(place, name)
    data["logging"]["folder"] = str(folder)
    path = folder / "bot.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


async def _until_protected(client: OkxClient, levels: LegProtection) -> None:
    """The leg is listed with its stop, and the orders that rest cover all that it holds."""
    async with asyncio.timeout(10):
        while True:
            seen = await client.take_snapshot((), now_us())
            held = [leg for leg in seen.legs if leg.quantity]
            stops = [each for each in seen.open_orders if each.stop_kind is StopKind.STOP_LOSS]
            if held and stops:
                break
            await asyncio.sleep(0.05)
    [leg] = held
    assert (leg.leg_id, leg.stop_loss) == (levels.leg_id, levels.stop_loss)
    assert [(each.trigger_price, each.quantity) for each in stops] == [
        (levels.stop_loss, leg.quantity)
    ]


async def _switch(simulator: Simulator, config: Path, *options: str) -> tuple[int | None, str]:
    """Pull the switch as a person does; its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot_trading.kill_switch", "--config", str(config), *options),
        cwd=ROOT,
        env={
            **os.environ,
            "BYBIT_API_KEY": simulator.api_key,
            "BYBIT_API_SECRET": simulator.api_secret,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode()


async def test_everything_goes_but_the_stops_of_open_legs(tmp_path: Path) -> None:
    """A hundred orders rest beside a protected leg; then closing takes leg and stop."""
    async with persons_market() as (simulator, client):
        await open_leg(client)
        await let_rest(client, 100)
        config = _config(simulator, tmp_path)
        code, said = await _switch(simulator, config, "--who", "ann")
        assert code == 0, said
        assert "100 orders canceled, 1 stops kept, 1 legs open" in said
        left = await read_account(client)
        assert [each.stop_kind for each in left.open_orders] == [StopKind.STOP_LOSS]
        assert [leg.quantity for leg in left.legs if leg.quantity] == [Decimal("0.010")]

        code, said = await _switch(simulator, config, "--everything")
        assert code == 2
        assert "--confirm 'remove all stops'" in said
        code, said = await _switch(simulator, config, "--everything", "--close")
        assert code == 2
        assert [leg.quantity for leg in (await read_account(client)).legs if leg.quantity]
        code, said = await _switch(simulator, config, "--close")
        assert code == 0, said
        left = await read_account(client)
        assert (left.open_orders, [leg for leg in left.legs if leg.quantity]) == ((), [])


async def test_with_its_confirmation_the_stops_go_too(tmp_path: Path) -> None:
    """The leg stays, bare, because a person typed so."""
    async with persons_market() as (simulator, client):
        await open_leg(client)
        config = _config(simulator, tmp_path)
        words = ("--everything", "--confirm", "remove all stops")
        code, said = await _switch(simulator, config, *words)
        assert code == 0, said
        left = await read_account(client)
        assert left.open_orders == ()
        assert [leg.stop_loss for leg in left.legs if leg.quantity] == [None]


@asynccontextmanager
async def _okx() -> AsyncIterator[OkxClient]:
    """A person's own client of an account at OKX, in a process of its own."""
    options = ("--market", "okx", *CALM, "--position-mode", "hedge", "--seed", "7")
    async with simulator_process(*options) as announced:
        told = announced["okx"]
        names = ("rest_url", "ws_public_url", "ws_private_url", "ws_business_url")
        keys = okx.Credentials(
            **{name: told[name] for name in ("api_key", "api_secret")},
            passphrase=told["passphrase"],
        )
        place = okx.OkxConfig(**{name: told[name] for name in names})
        client = OkxClient(place, keys, random_ratio=lambda: 0.0)
        await client.open()
        try:
            yield client
        finally:
            await client.close()


async def test_a_stop_that_is_one_order_with_its_target_is_kept() -> None:
    """OKX keeps both as one order of which one cancels the other: a leg that stays open keeps the
    stop for all of its quantity, whether the two came with its entry or were set for the leg."""
    async with _okx() as client:
        leg_id = LegId("okx", "BTCUSDT", PositionIdx.LONG)
        [candle] = await client.get_candles(leg_id.instrument_id, 60, 1)
        levels = LegProtection(
            leg_id=leg_id,
            stop_loss=(candle.close * Decimal("0.8")).quantize(Decimal(1)),
            take_profit=(candle.close * Decimal("1.2")).quantize(Decimal(1)),
        )
        order = approved(
            "opens",
            leg_id=leg_id,
            time_in_force=TimeInForce.IOC,
            stop_loss=levels.stop_loss,
            take_profit=levels.take_profit,
        )
        assert isinstance(await client.place_order(order), OrderAccepted)
        await _until_protected(client, levels)
        [report] = await kill_all({"okx": client}, KillOrder(ident="attached"), risk_limits())
        assert (report.kept, report.open_legs, report.left) == (1, 1, ())
        await client.open()
        await _until_protected(client, levels)

        assert isinstance(await client.set_protection(levels), ProtectionSet)
        [report] = await kill_all({"okx": client}, KillOrder(ident="whole"), risk_limits())
        assert (report.kept, report.open_legs, report.left) == (1, 1, ())
        await client.open()
        await _until_protected(client, levels)

        closing = KillOrder(ident="closes", closes=True)
        [report] = await kill_all({"okx": client}, closing, risk_limits())
        assert (report.kept, report.open_legs, report.left) == (0, 0, ())


async def test_what_cannot_be_reached_is_said(tmp_path: Path) -> None:
    """Exit code 1 and a sentence, never silence; the bot's sign is up all the same."""
    async with persons_market() as (simulator, _):
        config = _config(simulator, tmp_path)
    code, said = await _switch(simulator, config, "--deadline", "3")
    assert code == 1
    assert "NOT DONE bybit: bybit could not be reached: no answer in 3 s; " in said
    assert (tmp_path / "signs" / "halt").exists()


async def test_two_exchanges_are_emptied_at_the_same_time() -> None:
    """A hundred orders in all, while a third exchange fails with what nobody foresaw."""
    async with AsyncExitStack() as stack:
        markets = [await stack.enter_async_context(persons_market()) for _ in range(2)]
        for _, client in markets:
            await open_leg(client)
            await let_rest(client, 50)
        clients = {f"bybit-{n}": market[0].client() for n, market in enumerate(markets)}
        broken: Any = object()
        every = {"broken": broken, **clients}
        lost, *reports = await kill_all(every, KillOrder(ident="both"), risk_limits())
        assert (lost.exchange, lost.canceled) == ("broken", 0)
        assert lost.left[0].startswith("broken failed: AttributeError")
        assert [(each.canceled, each.kept, each.left) for each in reports] == [(50, 1, ())] * 2
        assert all(each.elapsed_ms > 0 for each in reports)


async def test_a_bot_that_hangs_cannot_keep_its_orders(tmp_path: Path, database_url: str) -> None:
    """Its process is stopped dead with orders resting; nothing but protective stops is left."""
    await schema.upgrade(database_url)
    async with persons_market() as (simulator, client):
        announced = {"bybit": _announced(simulator)}
        changes: dict[str, dict[str, Any]] = {"logging": {"folder": str(tmp_path)}}
        async with session_process(announced, database_url, "hangs", changes) as bot:
            await _until_ready(database_url)
            os.kill(bot.pid, signal.SIGSTOP)
            await open_leg(client)
            await let_rest(client, 20)
            code, said = await _switch(simulator, _config(simulator, tmp_path), "--who", "ann")
            assert code == 0, said
            left = await read_account(client)
            assert [each.stop_kind for each in left.open_orders] == [StopKind.STOP_LOSS]
            # It wakes up and halts: by the sign, or by the rule for what a stranger ordered.
            os.kill(bot.pid, signal.SIGCONT)
            await _until_state(database_url, "HALTED", None)


async def test_a_sign_and_a_signal_halt_and_a_person_resumes(
    tmp_path: Path, database_url: str
) -> None:
    """The state survives in the database with who and why."""
    await schema.upgrade(database_url)
    async with persons_market() as (simulator, _):
        announced = {"bybit": _announced(simulator)}
        changes: dict[str, dict[str, Any]] = {"logging": {"folder": str(tmp_path)}}
        folder = sign_folder(tmp_path)
        async with session_process(announced, database_url, "signs", changes) as bot:
            await _until_ready(database_url)
            os.kill(bot.pid, signal.SIGUSR1)
            await _until_state(database_url, "HALTED", "SIGUSR1")
            leave(folder, Sign(resumes=True, who="bea", why="looked"))
            await _until_state(database_url, "ACTIVE", "bea")
            code, _ = await _switch(simulator, _config(simulator, tmp_path), "--sign-only")
            assert code == 0
            await _until_state(database_url, "HALTED", "kill switch")
        async with session_process(announced, database_url, "signs", changes):
            await _until_ready(database_url)
            assert await _state(database_url) == ("HALTED", "kill switch")


def _announced(simulator: Simulator) -> dict[str, str]:
    place = simulator.config()
    names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
    keys = {"api_key": simulator.api_key, "api_secret": simulator.api_secret}
    return {**{name: getattr(place, name) for name in names}, **keys}


async def _until_ready(url: str) -> None:
    """The core said that its exchange agrees with it."""
    database = Database(url)
    await database.connect()
    try:
        async with asyncio.timeout(60):
            while True:
                found = await database.read_status()
                if any(each.detail.get("not_ready") == {"bybit": ""} for each in found):
                    return
                await asyncio.sleep(0.05)
    finally:
        await database.close()


async def _until_state(url: str, state: str, who: str | None) -> None:
    """The newest change of the trading state is this one; None is by anybody."""
    async with asyncio.timeout(30):
        while True:
            found = await _state(url)
            if found is not None and found[0] == state and who in (None, found[1]):
                return
            await asyncio.sleep(0.05)


async def _state(url: str) -> tuple[str, str] | None:
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "SELECT state::text, who FROM trading_states ORDER BY changed_at DESC LIMIT 1"
        )
        return None if row is None else (row["state"], row["who"])
    finally:
        await connection.close()
