"""References, sequences and legs, on v3's own schema: what hangs together, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot_trading.storage import schema
from readiness.check import Finding
from readiness.reconcile.accounts import open_books
from readiness.reconcile.databases import Database, open_read_only
from readiness.reconcile.legs import check_legs
from readiness.reconcile.links import check_references, check_sequences
from readiness.reconcile.mapping import Flow, Mapping, Source, Target
from readiness.reconcile.tally import Tally
from tests.builders.migrated_pair import execute

ROOT = Path(__file__).resolve().parents[3]
NOTHING: list[Flow] = []
MAPPING = Mapping(
    format=1, source=Source(tables={}), target=Target(namespace="t"), conversions={}, flows=NOTHING
)

# A long leg of 0.3 bought at 100 and 110, of which 0.1 was sold at 120; a short leg, closed.
LEGS = """
SET session_replication_role = replica;
INSERT INTO fills (account, exchange, symbol, position_idx, trade_id, client_order_id,
    exchange_order_id, side, last_qty, last_px, commission, liquidity_side, event_at)
VALUES
    ('main', 'bybit', 'BTCUSDT', 1, '1', 'a', 'x', 'BUY', 0.1, 100, 0.01, 'TAKER', now()),
    ('main', 'bybit', 'BTCUSDT', 1, '2', 'a', 'x', 'BUY', 0.2, 110, 0.02, 'TAKER', now()),
    ('main', 'bybit', 'BTCUSDT', 1, '3', 'b', 'x', 'SELL', 0.1, 120, 0.01, 'MAKER', now()),
    ('main', 'bybit', 'BTCUSDT', 2, '4', 'c', 'x', 'SELL', 1, 50, 0.1, 'TAKER', now()),
    ('main', 'bybit', 'BTCUSDT', 2, '5', 'd', 'x', 'BUY', 1, 45, 0.1, 'TAKER', now());
INSERT INTO funding_payments (account, exchange, symbol, position_idx, trade_id, amount, event_at)
VALUES ('main', 'bybit', 'BTCUSDT', 1, '6', -0.5, now());
INSERT INTO positions (account, exchange, symbol, position_idx, quantity, entry_value,
    realized_pnl, commission, funding, episode, opened_at, updated_at)
VALUES
    ('main', 'bybit', 'BTCUSDT', 1, 0.2, 21.333333333333, 1.333333333333, 0.04, -0.5, 1,
     now(), now()),
    ('main', 'bybit', 'BTCUSDT', 2, 0, 0, 5, 0.2, 0, 1, now(), now());
"""


@pytest.fixture
async def target(database_url: str) -> str:
    """A v3 database with two legs and the fills that made them."""
    await schema.upgrade(database_url)
    await execute(database_url, LEGS)
    return database_url


async def _legs(url: str) -> tuple[int | None, list[Finding]]:
    tally = Tally()
    async with open_read_only("target", url) as database:
        legs = await check_legs(database, "public", tally)
    return legs, list(tally.findings())


async def test_legs_are_the_sum_of_their_fills(target: str) -> None:
    """Quantity, commission, funding and realised P&L follow from the fills, exactly."""
    assert await _legs(target) == (2, [])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE positions SET quantity = 0.3 WHERE position_idx = 1", "1 quantity"),
        ("UPDATE positions SET commission = 0.05 WHERE position_idx = 1", "1 commission"),
        ("UPDATE positions SET funding = 0 WHERE position_idx = 1", "1 funding"),
        ("UPDATE positions SET realized_pnl = -5 WHERE position_idx = 2", "2 realised P&L"),
        ("DELETE FROM positions WHERE position_idx = 2", "BTCUSDT 2"),
        ("DELETE FROM fills WHERE trade_id = '3'", "1 quantity"),
    ],
)
async def test_a_leg_that_its_fills_do_not_make_is_found(
    change: str, named: str, target: str
) -> None:
    """Each measure of each leg is told with both values; a leg without a row is told too."""
    await execute(target, change)
    _, (finding,) = await _legs(target)
    assert finding.rule_id == "data-leg-differs"
    assert named in finding.message


async def test_where_there_are_no_legs_nothing_is_claimed(database_url: str) -> None:
    """A database without v3's tables has no legs to be right or wrong."""
    assert await _legs(database_url) == (None, [])


async def _linked(database: Database, tally: Tally) -> tuple[int, int]:
    references = await check_references(database, MAPPING, tally)
    return references, await check_sequences(database, MAPPING, tally)


async def test_orphans_and_late_sequences_are_found(database_url: str) -> None:
    """A reference without its row is counted with its key, a sequence with the number it needs."""
    await execute(
        database_url,
        "CREATE TABLE parents (id serial PRIMARY KEY, part integer, UNIQUE (id, part))",
        "CREATE TABLE children (parent_id integer, part integer,"
        " FOREIGN KEY (parent_id, part) REFERENCES parents (id, part))",
        "SET session_replication_role = replica; INSERT INTO parents VALUES (41, 1);"
        " INSERT INTO children VALUES (41, 1), (41, 2), (42, 1), (42, 1), (NULL, 3)",
    )
    tally = Tally()
    async with open_read_only("target", database_url) as database:
        assert await _linked(database, tally) == (1, 1)
    found = {it.rule_id: it for it in tally.findings()}
    assert "public.children.parent_id+part: 3 ×" in found["data-orphan"].message
    assert {it.what for it in found["data-orphan"].evidence[1:]} == {
        "public.children.parent_id+part → 41, 2",
        "public.children.parent_id+part → 42, 1",
    }
    behind = found["data-sequence-behind"]
    assert "parents_id_seq" in behind.message
    await execute(database_url, behind.fix)
    again = Tally()
    async with open_read_only("target", database_url) as database:
        await check_sequences(database, MAPPING, again)
    assert again.findings() == ()


async def test_books_that_were_never_kept_hold_nothing(database_url: str) -> None:
    """A target that another program filled has no key map; its rows are compared all the same."""
    async with open_read_only("target", database_url) as database:
        books = await open_books(database, MAPPING)
        assert not books.holds("key_map")
