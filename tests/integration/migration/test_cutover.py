"""Both forms of the cut-over, rehearsed on the exchange simulator over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import yaml
from typer.testing import CliRunner

from migration.bybit import Account, AnswerLost
from migration.cli import app
from migration.cutover import cut_over_drained, cut_over_second_account, switch_back
from migration.draining import drain, look
from migration.errors import MigrationError
from migration.verify import verify
from tests.builders.simulator_process import simulator_process
from tests.integration.migration.conftest import Databases

SYMBOLS = ("BTCUSDT", "ETHUSDT")
T = TypeVar("T")


@asynccontextmanager
async def exchange(*options: str) -> AsyncIterator[tuple[dict[str, Any], Account, Account]]:
    """A simulator whose accounts are in one-way mode, and two of its accounts."""
    modes = ("--position-mode", "one-way", "--more-accounts", "1")
    async with simulator_process(*modes, *options) as announced:
        bybit = announced["bybit"]
        other = bybit["more_accounts"][0]
        first = Account(bybit["rest_url"], bybit["api_key"], bybit["api_secret"])
        second = Account(bybit["rest_url"], other["api_key"], other["api_secret"])
        try:
            yield bybit, first, second
        finally:
            first.close()
            second.close()


async def beside(function: Callable[[], T]) -> T:
    """Run what blocks in a thread."""
    return await asyncio.to_thread(function)


def send(account: Account, symbol: str, side: str, quantity: str, **more: Any) -> None:
    """Create an order as a v2 bot does; whether its answer comes does not matter here."""
    body = {"category": "linear", "symbol": symbol, "side": side, "qty": quantity}
    with suppress(AnswerLost):
        account._post(
            "/v5/order/create",
            {**body, "orderType": "Market", "positionIdx": 0, **more},
            accept=(),
        )


def open_orders(account: Account) -> None:
    """What a v2 bot holds: a long in one symbol, a short in the other, and a resting entry."""
    send(account, "BTCUSDT", "Buy", "0.05")
    send(account, "ETHUSDT", "Sell", "1.2")
    query = {"category": "linear", "symbol": "BTCUSDT"}
    last = Decimal(account._get("/v5/market/tickers", query)["list"][0]["lastPrice"])
    price = str((last * Decimal("0.9")).quantize(Decimal("0.1")))
    send(account, "BTCUSDT", "Buy", "0.01", orderType="Limit", price=price)


def _held(account: Account) -> dict[str, Decimal]:
    return {position.symbol: position.size for position in look(account).positions}


async def test_an_account_is_drained_and_then_switched(databases: Databases) -> None:
    """Positions are closed reduce-only, rows are verified, and only then hedge mode comes."""
    databases.migrate()
    databases.execute("v2", "UPDATE orders SET status = 'Cancelled' WHERE status = 'New'")
    said: list[str] = []
    async with exchange() as (_, account, _other):
        await beside(lambda: open_orders(account))
        assert set(_held(account)) == set(SYMBOLS)
        with databases.opened() as sides:
            done = await beside(
                lambda: cut_over_drained(
                    sides, databases.v2, account, symbols=SYMBOLS, report=said.append
                )
            )
            assert verify(sides).holds
        assert look(account).is_flat
        assert all(account.is_hedged(symbol) for symbol in SYMBOLS)
        assert done.rows_caught_up > 0
        executed = account._get("/v5/order/history", {"category": "linear", "limit": "50"})["list"]
        closes = [row for row in executed if row["orderLinkId"].startswith("cutover-")]
        assert len(closes) == 2
        assert all(row["reduceOnly"] for row in closes)
    steps = databases.execute("v3", "SELECT what FROM migration.steps ORDER BY id")
    assert steps == [("drained",), ("caught up",), ("switched",)]
    assert databases.number("v3", "SELECT count(*) FROM positions") == 0


async def test_a_second_account_leaves_v2_its_positions(databases: Databases) -> None:
    """v3 gets an empty account in hedge mode, and what v2 holds stays where it is."""
    databases.migrate()
    async with exchange() as (_, first, second):
        await beside(lambda: open_orders(first))
        with databases.opened() as sides:
            done = await beside(
                lambda: cut_over_second_account(
                    sides, databases.v2, first, second, symbols=SYMBOLS, report=lambda _: None
                )
            )
        assert {position.symbol for position in done.left_with_v2.positions} == set(SYMBOLS)
        assert set(_held(first)) == set(SYMBOLS)
        assert not any(first.is_hedged(symbol) for symbol in SYMBOLS)
        assert all(second.is_hedged(symbol) for symbol in SYMBOLS)
        assert look(second).is_flat
    databases.execute("v2", "UPDATE orders SET status = 'Cancelled' WHERE status = 'New'")
    databases.migrate()
    assert databases.number("v3", "SELECT count(*) FROM positions") == 0


async def test_one_account_is_not_two(databases: Databases) -> None:
    """The second form refuses both keys of one account, and a second account that is in use."""
    databases.migrate()
    async with exchange() as (_, first, second):
        with databases.opened() as sides:

            def cut(v3: Account) -> object:
                return cut_over_second_account(
                    sides, databases.v2, first, v3, symbols=SYMBOLS, report=lambda _: None
                )

            with pytest.raises(MigrationError, match="second sub-account"):
                await beside(lambda: cut(first))
            await beside(lambda: open_orders(second))
            with pytest.raises(MigrationError, match="nobody uses"):
                await beside(lambda: cut(second))
        assert not first.is_hedged("BTCUSDT")


async def test_a_running_v2_is_not_drained(databases: Databases) -> None:
    """While v2 is connected to its database nothing is closed and nothing is switched."""
    databases.migrate()
    async with exchange() as (_, account, _other):
        await beside(lambda: open_orders(account))
        with (
            psycopg.connect(databases.v2),
            databases.opened() as sides,
            pytest.raises(MigrationError, match="stop v2 first"),
        ):
            await beside(
                lambda: cut_over_drained(
                    sides, databases.v2, account, symbols=SYMBOLS, report=lambda _: None
                )
            )
        assert set(_held(account)) == set(SYMBOLS)
        assert not account.is_hedged("BTCUSDT")


async def test_nothing_is_switched_before_all_is_accounted_for(databases: Databases) -> None:
    """A damaged copy stops the cut-over while the account is still in one-way mode."""
    databases.migrate()
    databases.execute("v3", "UPDATE migration.v2_trades SET commission = commission + 1")
    async with exchange() as (_, account, _other):
        with (
            databases.opened() as sides,
            pytest.raises(MigrationError, match="nothing was switched"),
        ):
            await beside(
                lambda: cut_over_drained(
                    sides, databases.v2, account, symbols=SYMBOLS, report=lambda _: None
                )
            )
        assert not account.is_hedged("BTCUSDT")


async def test_a_cut_over_without_a_run_is_refused(databases: Databases) -> None:
    """The cut-over copies the rest of a migration, never all of it while v2 stands still."""
    async with exchange() as (_, account, _other):
        with databases.opened() as sides, pytest.raises(MigrationError, match="give run first"):
            await beside(
                lambda: cut_over_drained(
                    sides, databases.v2, account, symbols=SYMBOLS, report=lambda _: None
                )
            )


async def test_a_cut_over_can_be_repeated_and_taken_back(databases: Databases) -> None:
    """The same command again finds everything done; the way back needs a flat account."""
    databases.migrate()
    async with exchange() as (_, account, _other):
        for _ in range(2):
            with databases.opened() as sides:
                await beside(
                    partial(
                        cut_over_drained,
                        sides,
                        databases.v2,
                        account,
                        symbols=SYMBOLS,
                        report=lambda _: None,
                    )
                )
        await beside(lambda: send(account, "BTCUSDT", "Sell", "0.02", positionIdx=2))
        with pytest.raises(MigrationError, match="1 legs"):
            await beside(lambda: switch_back(account, symbols=SYMBOLS))
        await beside(lambda: drain(account, name="close", deadline_s=30, report=lambda _: None))
        await beside(lambda: switch_back(account, symbols=SYMBOLS))
        assert not any(account.is_hedged(symbol) for symbol in SYMBOLS)


async def test_lost_answers_do_not_hold_up_the_drain(tmp_path: Path) -> None:
    """When no answer to an order ever comes, the drain asks what is true and still ends flat."""
    plan = tmp_path / "faults.yaml"
    plan.write_text(
        yaml.safe_dump({"seed": 1, "faults": [{"fault": "F1", "probability": 1.0}]}),
        "utf-8",
    )
    async with exchange("--faults", str(plan)) as (_, account, _other):
        await beside(lambda: open_orders(account))
        done = await beside(
            lambda: drain(account, name="drain", deadline_s=90, report=lambda _: None)
        )
        assert look(account).is_flat
        assert done.answers_lost >= 2
        assert {position.symbol for position in done.found.positions} == set(SYMBOLS)


async def test_an_account_that_cannot_be_drained_is_told(databases: Databases) -> None:
    """A drain that does not come to an end within its time says what is left."""
    async with exchange() as (_, account, _other):
        await beside(lambda: open_orders(account))
        with pytest.raises(MigrationError, match="not flat after 0 s: 2 positions"):
            await beside(lambda: drain(account, name="drain", deadline_s=0, report=lambda _: None))


async def test_the_command_looks_before_it_acts(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --execute the command says what would happen; with it, it happens."""
    databases.migrate()
    options = [
        *("cutover", "--source", databases.v2, "--target", databases.v3),
        *("--form", "drain", "--symbols", "BTCUSDT,ETHUSDT"),
    ]
    async with exchange() as (bybit, account, _other):
        await beside(lambda: open_orders(account))
        given = [*options, "--exchange-url", bybit["rest_url"]]
        monkeypatch.delenv("V2_API_KEY", raising=False)
        missing = await beside(lambda: CliRunner().invoke(app, given))
        assert missing.exit_code == 2
        assert "V2_API_KEY" in missing.stderr
        monkeypatch.setenv("V2_API_KEY", bybit["api_key"])
        monkeypatch.setenv("V2_API_SECRET", bybit["api_secret"])
        looked = await beside(lambda: CliRunner().invoke(app, given))
        assert looked.exit_code == 0, looked.output
        assert "would be closed reduce-only" in looked.stdout
        assert set(_held(account)) == set(SYMBOLS)
        done = await beside(lambda: CliRunner().invoke(app, [*given, "--execute"]))
        assert done.exit_code == 0, done.output
        assert look(account).is_flat
        assert account.is_hedged("BTCUSDT")
        back = await beside(lambda: CliRunner().invoke(app, [*given, "--execute", "--back"]))
        assert back.exit_code == 0, back.output
        assert not account.is_hedged("BTCUSDT")
