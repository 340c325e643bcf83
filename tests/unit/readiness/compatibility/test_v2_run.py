"""The frozen v2 on the tape, with its own rows in a database of its own."""

from __future__ import annotations

from collections import Counter

import psycopg

from readiness.compatibility.histories import History
from readiness.compatibility.rules import Rules
from readiness.compatibility.v2_run import run_v2


def test_v2_is_led_through_everything_it_can_do(rules: Rules, database_url: str) -> None:
    """Entries, additions, denials and every reason to leave; its rows say the same."""
    history: History = run_v2(rules, database_url)
    assert Counter(one.quantity is None for one in history.decisions) == {False: 16, True: 2}
    reasons = {why for life in history.lives for why, _ in life.exits}
    assert reasons == {"stop_loss", "take_profit", "timeout", "reverse"}
    assert {one.direction for one in history.decisions} == {"long", "short"}
    with psycopg.connect(database_url) as connection:
        signals = connection.execute("SELECT count(*) FROM signals").fetchone()
        closed = connection.execute("SELECT count(*) FROM positions WHERE is_open = 0").fetchone()
    assert signals == (len(history.decisions),)
    assert closed == (sum(life.closed_ms is not None for life in history.lives),)
    assert all(order.position_idx == 0 and not order.reduce_only for order in history.orders)
