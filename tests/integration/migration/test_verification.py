"""Verification finds every damage to what was copied, and says nothing about a sound copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from migration.cli import app
from migration.plan import make_plan
from migration.verify import verify
from tests.integration.migration.conftest import Databases


@pytest.mark.parametrize(
    ("statement", "flow", "what"),
    [
        (
            "DELETE FROM migration.v2_trades WHERE id IN"
            " (SELECT id FROM migration.v2_trades LIMIT 1)",
            "trades->migration.v2_trades",
            "wrong_in_target",
        ),
        (
            "UPDATE migration.v2_trades SET last_px = last_px + 0.00000001",
            "trades->migration.v2_trades",
            "wrong_in_target",
        ),
        (
            "UPDATE migration.v2_trades SET last_px = last_qty, last_qty = last_px",
            "trades->migration.v2_trades",
            "wrong_in_target",
        ),
        (
            "UPDATE migration.v2_trades SET commission = -commission",
            "trades->migration.v2_trades",
            "wrong_in_target",
        ),
        (
            "UPDATE migration.v2_signals SET event_at = event_at + interval '3 hours'",
            "signals->migration.v2_signals",
            "wrong_in_target",
        ),
        (
            "UPDATE orders SET side = CASE side WHEN 'BUY' THEN 'SELL'::order_side_enum"
            " ELSE 'BUY' END WHERE account = 'v2'",
            "orders->public.orders",
            "wrong_in_target",
        ),
        (
            "UPDATE orders SET position_idx = 1 WHERE account = 'v2'",
            "orders->public.orders",
            "wrong_in_target",
        ),
        (
            "INSERT INTO migration.v2_balances SELECT gen_random_uuid(), coin, wallet_balance,"
            " equity, event_at FROM migration.v2_balances LIMIT 1",
            "balances->migration.v2_balances",
            "unknown_in_target",
        ),
        (
            "DELETE FROM migration.key_map WHERE flow LIKE 'positions%' AND source_key = 3",
            "positions->migration.v2_positions",
            "unknown_in_target",
        ),
        (
            "DELETE FROM migration.key_map WHERE flow LIKE 'exchange%' AND source_key = 3",
            "exchange_orders->public.orders",
            "changed_at_source",
        ),
    ],
)
def test_damage_in_v3_is_found(databases: Databases, statement: str, flow: str, what: str) -> None:
    """A row of v3 that is lost, changed, doubled or unknown is counted where it is.

    Pain 6: an upgrade loses rows, or changes them, and nobody notices.
    """
    databases.migrate()
    databases.execute("v3", statement)
    with databases.opened() as sides:
        found = verify(sides)
    assert not found.holds
    wrong = [account for account in found.accounts if not account.holds]
    assert [account.flow for account in wrong] == [flow]
    assert getattr(wrong[0], what) > 0


def test_money_that_is_missing_is_told_by_symbol_and_day(databases: Databases) -> None:
    """A fee that changed on the way shows in the sum of its symbol and day."""
    databases.migrate()
    databases.execute(
        "v3",
        "UPDATE migration.v2_trades SET commission = commission + 1 WHERE id ="
        " (SELECT id FROM migration.v2_trades LIMIT 1)",
    )
    with databases.opened() as sides:
        found = verify(sides)
    assert [wrong.what for wrong in found.discrepancies] == ["fee"]
    wrong = found.discrepancies[0]
    assert wrong.arrived - wrong.source > wrong.tolerance
    assert found.totals_compared > 0


def test_money_in_quarantine_counts_as_accounted_for(databases: Databases) -> None:
    """A row in quarantine keeps its money in the sums."""
    databases.execute("v2", "UPDATE trades SET executed_at = NULL WHERE id = 1")
    databases.execute("v2", "UPDATE trades SET fee = 'NaN' WHERE id = 2")
    databases.migrate()
    with databases.opened() as sides:
        found = verify(sides)
    assert found.holds
    assert found.reasons["trades->migration.v2_trades"]["event_at:missing"] == 1


def test_the_commands_say_what_they_found(databases: Databases, tmp_path: Path) -> None:
    """plan, run and verify end with 0 on a sound database; verify ends with 1 after damage."""
    databases.execute("v2", "UPDATE orders SET symbol = NULL WHERE id = 1")
    sides = ["--source", databases.v2, "--target", databases.v3]
    runner, file = CliRunner(), tmp_path / "found.json"
    planned = runner.invoke(app, ["plan", *sides, "--json", str(file)])
    assert planned.exit_code == 0, planned.stderr
    assert "symbol:missing: 1" in planned.stdout
    assert databases.execute("v3", "SELECT to_regnamespace('migration') IS NULL") == [(True,)]
    flows = {flow["flow"]: flow for flow in json.loads(file.read_text("utf-8"))["flows"]}
    assert flows["orders->public.orders"]["would_quarantine"] == 1
    assert runner.invoke(app, ["run", *sides]).exit_code == 0
    verified = runner.invoke(app, ["verify", *sides, "--json", str(file)])
    assert verified.exit_code == 0, verified.output
    assert "every row and every sum is accounted for" in verified.stdout
    assert json.loads(file.read_text("utf-8"))["holds"] is True
    databases.execute("v3", "DELETE FROM migration.v2_signals")
    damaged = runner.invoke(app, ["verify", *sides])
    assert damaged.exit_code == 1
    assert "NOT accounted for" in damaged.stdout


def test_the_plan_is_what_a_run_does(databases: Databases) -> None:
    """Every number of the plan is the number that the run brings about."""
    databases.execute("v2", "UPDATE orders SET side = 'x' WHERE id % 10 = 1")
    databases.execute("v2", "UPDATE trades SET quantity = -quantity WHERE id % 10 = 5")
    with databases.opened() as sides:
        planned = make_plan(sides)
    databases.migrate()
    with databases.opened() as sides:
        found = verify(sides)
    assert found.holds
    for plan, account in zip(planned.flows, found.accounts, strict=True):
        assert (plan.flow, plan.would_copy, plan.would_quarantine) == (
            account.flow,
            account.copied,
            account.quarantined,
        )
        assert plan.reasons == found.reasons.get(plan.flow, {})


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("v2_positions", "realized_pnl"),
        ("v2_positions", "quantity"),
        ("v2_sltp_orders", "quantity"),
    ],
)
def test_the_money_of_every_table_is_added_up(
    databases: Databases, table: str, column: str
) -> None:
    """A cent more on one position or stop is a sum that differs, named by flow and column."""
    databases.migrate()
    databases.execute(
        "v3",
        f"UPDATE migration.{table} SET {column} = {column} + 0.01 WHERE id ="  # noqa: S608
        f" (SELECT min(id::text)::uuid FROM migration.{table} WHERE {column} IS NOT NULL)",
    )
    with databases.opened() as sides:
        found = verify(sides)
    told = {(one.flow.rpartition(".")[2], one.what) for one in found.discrepancies}
    assert (table, column) in told
    assert not found.holds
