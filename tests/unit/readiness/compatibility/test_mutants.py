"""Wrong v3s are wrong in one thing each, and each of them is told from the right one."""

from __future__ import annotations

from dataclasses import replace

from bot_trading.engine.state import CoreConfig
from readiness.compatibility.histories import differences
from readiness.compatibility.mutants import mutants_of, wrong_orders_of
from readiness.compatibility.v3_run import run_v3

# What is told of every order of v3, beside an order of v2.
OF_EVERY_ORDER = {"v2_order", "position_idx", "client_order_id", "stop_on_exchange", "reduce_only"}


def test_each_wrong_core_shows(core: CoreConfig) -> None:
    """Every mutant decides or leaves otherwise somewhere on the tape."""
    right = run_v3(core)
    mutants = dict(mutants_of(core))
    assert len(mutants) == 11
    for name, mutant in mutants.items():
        assert mutant != core, name
        kinds = {one.kind for one in differences(right, run_v3(mutant))}
        assert kinds - OF_EVERY_ORDER, name


def test_each_wrong_order_shows(core: CoreConfig) -> None:
    """One order without its leg, its stop, its id or its flag is a wrong order."""
    right = run_v3(core)
    wrong = dict(wrong_orders_of(right))
    assert len(wrong) == 4
    for name, history in wrong.items():
        assert len(set(history.orders) - set(right.orders)) == 1, name
        kinds = {one.kind for one in differences(right, history)}
        assert "v3_order" in kinds, name


def test_a_core_without_a_rule_has_no_mutants(core: CoreConfig) -> None:
    """Without momentum there is nothing that v2 could be compared with."""
    assert list(mutants_of(replace(core, momentum=None))) == []
