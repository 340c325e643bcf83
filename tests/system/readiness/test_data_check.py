"""The data check on two real databases: clean copies are clean, planted damage is found by key."""

from __future__ import annotations

import re

import asyncpg
import pytest

from readiness.check import Severity
from readiness.reconcile.data_check import DataOutcome, Step, check_data
from readiness.reconcile.databases import DataRefused, open_read_only
from readiness.reconcile.digests import Sample
from readiness.reconcile.mapping import read_mapping
from tests.builders.migrated_pair import Pair, execute

# What a careless migration leaves behind: the statement, the rule that must report it, and the
# key or word by which it must be found.
ALONE = (
    ("DELETE FROM fills_v3 WHERE id = v3_id(1234)", "data-row-lost", "key 1234"),
    (
        "INSERT INTO fills_v3 SELECT gen_random_uuid(), number, account, parent_id, symbol, side,"
        " quantity, price, fee, is_maker, note, event_at FROM fills_v3 WHERE id = v3_id(7)",
        "data-row-doubled",
        "-",
    ),
    (
        "UPDATE fills_v3 SET note = left(note, 6) WHERE id = v3_id(1003)",
        "data-text-truncated",
        "key 1003",
    ),
    (
        "UPDATE fills_v3 SET fee = round(fee, 7) WHERE id = v3_id(17)",
        "data-number-rounded",
        "key 17",
    ),
    (
        "UPDATE fills_v3 SET event_at = event_at + interval '1 hour' WHERE id = v3_id(2999)",
        "data-time-shifted",
        "key 2999",
    ),
    (
        "UPDATE fills_v3 SET price = quantity, quantity = price WHERE id = v3_id(42)",
        "data-columns-swapped",
        "key 42",
    ),
    ("UPDATE fills_v3 SET side = 'SELL' WHERE id = v3_id(2)", "data-word-wrong", "key 2"),
    (
        "SELECT setval(pg_get_serial_sequence('fills_v3', 'number'), 5)",
        "data-sequence-behind",
        "fills_v3_number_seq",
    ),
    ("UPDATE fills_v3 SET parent_id = v3_id(99999) WHERE id = v3_id(2000)", "data-orphan", "→"),
    (
        "ALTER TABLE fills_v3 ALTER price TYPE numeric;"
        " UPDATE fills_v3 SET price = price + 0.0000000001 WHERE id = v3_id(8)",
        "data-float-noise",
        "key 8",
    ),
    (
        "UPDATE fills_v3 SET quantity = -quantity WHERE id = v3_id(500)",
        "data-sign-flipped",
        "key 500",
    ),
    ("UPDATE fills_v3 SET price = price + 1 WHERE id = v3_id(1)", "data-money-differs", "ETHUSDT"),
    ("DELETE FROM migration.quarantine WHERE source_key = 5", "data-row-unaccounted", "key 5"),
    (
        "UPDATE migration.quarantine SET reasons = '{}' WHERE source_key = 5",
        "data-quarantine-without-reason",
        "key 5",
    ),
    ("ALTER TABLE fills_v3 ALTER is_maker TYPE text", "data-column-not-compared", "is_maker"),
    (
        "DELETE FROM fills_v3 WHERE id = v3_id(12); DELETE FROM migration.key_map"
        " WHERE source_key = 12; INSERT INTO migration.quarantine VALUES"
        " ('trades->public.fills_v3', 'trades', 12, '{symbol:missing}',"
        " (SELECT to_jsonb(w) FROM hidden w))",
        "data-quarantine-needless",
        "key 12",
    ),
)
TOGETHER = (
    (
        "INSERT INTO fills_v3 SELECT v3_id(3500), number, account, parent_id, symbol, side,"
        " quantity, price, fee, is_maker, note, event_at FROM fills_v3 WHERE id = v3_id(7)",
        "data-row-unexpected",
        "key 3500",
    ),
    (
        "UPDATE fills_v3 SET note = upper(note) WHERE id = v3_id(1003)",
        "data-text-reshaped",
        "key 1003",
    ),
    (
        "UPDATE fills_v3 SET event_at = date_trunc('second', event_at) WHERE id = v3_id(3)",
        "data-time-rounded",
        "key 3",
    ),
    (
        "UPDATE fills_v3 SET parent_id = v3_id(11) WHERE id = v3_id(2000)",
        "data-reference-wrong",
        "key 2000",
    ),
    ("UPDATE fills_v3 SET price = price + 1 WHERE id = v3_id(1)", "data-value-changed", "key 1"),
    ("UPDATE fills_v3 SET price = 'NaN' WHERE id = v3_id(18)", "data-value-changed", "key 18"),
    ("UPDATE fills_v3 SET price = NULL WHERE id = v3_id(10)", "data-value-lost", "key 10"),
    ("UPDATE fills_v3 SET note = 'x' WHERE id = v3_id(14)", "data-value-invented", "key 14"),
    ("UPDATE fills_v3 SET account = 'main' WHERE id = v3_id(7)", "data-value-changed", "key 7"),
    ("DELETE FROM migration.key_map WHERE source_key = 78", "data-row-unaccounted", "key 78"),
    (
        "UPDATE migration.key_map SET target_id = gen_random_uuid() WHERE source_key = 77",
        "data-map-astray",
        "key 77",
    ),
    (
        "UPDATE migration.quarantine SET reasons = '{side:unknown_word}' WHERE source_key = 5",
        "data-quarantine-reason-wrong",
        "key 5",
    ),
    (
        "INSERT INTO migration.quarantine SELECT flow, source_table, 9000, reasons, source_row"
        " FROM migration.quarantine WHERE source_key = 9",
        "data-quarantine-unknown-row",
        "key 9000",
    ),
    (
        "INSERT INTO migration.quarantine SELECT flow, source_table, 12, reasons, source_row"
        " FROM migration.quarantine WHERE source_key = 9",
        "data-row-copied-and-quarantined",
        "key 12",
    ),
    (
        "UPDATE migration.quarantine SET source_row = source_row || '{\"fee\": 1}'"
        " WHERE source_key = 9",
        "data-quarantine-row-differs",
        "key 9",
    ),
    (
        "UPDATE migration.verbatim SET source_row = '{}' WHERE source_key = 'json'",
        "data-verbatim-differs",
        "key json",
    ),
)
# The row of v2 that somebody hides in quarantine, as v2 has it.
HIDDEN = """
    CREATE TABLE hidden AS SELECT 12 AS id, 11 AS order_id, 'BTCUSDT' AS symbol, 'Buy' AS side,
        0.001::float8 * 13 AS quantity, 50012.5 AS price, 0.00000012 AS fee, 0 AS is_maker,
        'note 12' AS note,
        timestamp '2026-01-05 10:12:12.123456' AS executed_at
"""


async def _check(pair: Pair, *damage: str, sample: Sample | None = None) -> DataOutcome:
    if damage:
        # As a bulk load does it: keys and checks of references are not looked at.
        script = ("SET session_replication_role = replica", *damage)
        await execute(pair.target_url, "; ".join(script))
    return await check_data(
        pair.source_url, pair.target_url, read_mapping(pair.mapping), sample=sample
    )


async def test_a_clean_copy_is_clean(pair: Pair) -> None:
    """Nothing is found, every row is accounted for, and the sums are told on both sides."""
    outcome = await _check(pair)
    assert outcome.findings == ()
    assert (outcome.coverage_ratio, outcome.rows) == (1.0, 3_000)
    told = {it.what: (it.measured, it.limit) for it in outcome.evidence}
    rows, _ = told["trades->public.fills_v3: rows"]
    assert rows == ("3,000 of 3,000 rows looked at; 2,998 copied, 2 in quarantine, 0 differ")
    found, expected = told["trades->public.fills_v3: notional"]
    assert found.split(" ")[0] == expected.split(" ")[0] != "0"
    assert told["quarantine of trades: symbol:missing"][0] == "1 rows"


@pytest.mark.parametrize(("statement", "rule", "key"), ALONE)
async def test_planted_damage_is_found(statement: str, rule: str, key: str, pair: Pair) -> None:
    """Each kind of damage is reported under its own rule, with the key of the damaged row."""
    outcome = await _check(pair, HIDDEN, statement)
    found = {it.rule_id: it for it in outcome.findings}
    assert rule in found, sorted(found)
    assert key in found[rule].message
    assert all(it.fix and it.evidence for it in outcome.findings)


async def test_damage_of_many_kinds_is_told_apart(pair: Pair) -> None:
    """Many kinds at once are all reported, each under its own rule with its own key."""
    outcome = await _check(pair, *(statement for statement, _, _ in TOGETHER))
    named = {
        (finding.rule_id, re.sub(r"^.*((key|→) )", r"\1", it.what))
        for finding in outcome.findings
        for it in finding.evidence
    }
    assert {(rule, key) for _, rule, key in TOGETHER} <= named


async def test_the_mending_statements_mend(pair: Pair) -> None:
    """After the statements that are offered a second check finds nothing."""
    outcome = await _check(
        pair,
        "UPDATE fills_v3 SET price = price + 1, note = NULL WHERE id = v3_id(1)",
        "DELETE FROM fills_v3 WHERE id = v3_id(1234)",
        "INSERT INTO fills_v3 SELECT v3_id(3500), number, account, parent_id, symbol, side,"
        " quantity, price, fee, is_maker, note, event_at FROM fills_v3 WHERE id = v3_id(7)",
        "SELECT setval(pg_get_serial_sequence('fills_v3', 'number'), 5)",
    )
    for finding in outcome.findings:
        if finding.rule_id not in ("data-money-differs", "data-map-astray", "data-orphan"):
            await execute(pair.target_url, finding.fix)
    again = await _check(pair)
    # The row that was put back has got its number from the sequence that was behind.
    assert {it.rule_id for it in again.findings} <= {"data-sequence-behind"}


async def test_when_every_row_differs_the_answer_stays_short(pair: Pair) -> None:
    """Thousands of differences are counted in full and shown by a few examples."""
    outcome = await _check(pair, "UPDATE fills_v3 SET price = price + 1")
    (changed,) = [it for it in outcome.findings if it.rule_id == "data-value-changed"]
    assert "2,998 ×" in changed.message
    assert len(changed.evidence) == 21
    assert changed.severity is Severity.CRITICAL


async def test_a_sample_says_how_far_it_speaks(pair: Pair) -> None:
    """Rows that were not looked at are not called equal: coverage falls and a bound is stated."""
    outcome = await _check(pair, sample=Sample(ratio=0.25, seed=11))
    assert outcome.findings == ()
    assert 0.2 < outcome.coverage_ratio < 0.3
    (rows,) = [it.measured for it in outcome.evidence if it.what.endswith(": rows")]
    assert "with 95% confidence at most" in rows


async def test_a_sample_finds_damage_in_proportion(pair: Pair) -> None:
    """What is damaged inside the sample is found with its key."""
    outcome = await _check(
        pair, "UPDATE fills_v3 SET price = price + 1", sample=Sample(ratio=0.1, seed=3)
    )
    (changed,) = [it for it in outcome.findings if it.rule_id == "data-value-changed"]
    cases = int(changed.message.split(": ")[1].split(" ")[0].replace(",", ""))
    assert 150 < cases < 450


async def test_progress_ends_with_every_row(pair: Pair) -> None:
    """Whoever waits is told how far it has come, up to the last row."""
    steps: list[Step] = []
    await check_data(
        pair.source_url, pair.target_url, read_mapping(pair.mapping), tell=steps.append
    )
    assert steps[-1] == Step(flow="trades->public.fills_v3", rows_done=3_000, rows_total=3_000)


@pytest.mark.parametrize("side", ["source", "target"])
async def test_nothing_can_be_written(side: str, pair: Pair) -> None:
    """Both databases are open for reading only: the server refuses a writing statement."""
    url = pair.source_url if side == "source" else pair.target_url
    async with open_read_only(side, url) as database:
        with pytest.raises(DataRefused, match="read-only transaction"):
            await database.rows("CREATE TABLE public.mine (a int)")


async def test_swapped_urls_are_noticed(pair: Pair) -> None:
    """Source and target the wrong way round is said in these words."""
    mapping = read_mapping(pair.mapping)
    with pytest.raises(DataRefused, match="source and target are swapped"):
        await check_data(pair.target_url, pair.source_url, mapping)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DROP TABLE fills_v3", "the target database has no table public.fills_v3"),
        (
            "ALTER TABLE fills_v3 DROP note",
            "the target database has no column public.fills_v3.note",
        ),
    ],
)
async def test_a_target_of_another_shape_is_refused(
    statement: str, sentence: str, pair: Pair
) -> None:
    """A table or column that the mapping fills must be there before anything is compared."""
    await execute(pair.target_url, statement)
    with pytest.raises(DataRefused, match=sentence):
        await _check(pair)


async def test_a_source_of_another_dialect_is_refused(pair: Pair) -> None:
    """A column of another type is another version of v2; the sentence names it."""
    await execute(pair.source_url, "ALTER TABLE trades ALTER fee TYPE text")
    with pytest.raises(DataRefused, match=r"trades\.fee as text, expected numeric"):
        await _check(pair)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://me@db/x", "the source begins with 'mysql'"),
        ("postgresql://me@127.0.0.1:1/none", "the source database cannot be reached"),
    ],
)
async def test_a_server_that_cannot_be_used_is_named(url: str, sentence: str, pair: Pair) -> None:
    """Another dialect and a server that nobody answers for: one sentence, naming the side."""
    with pytest.raises(DataRefused, match=sentence):
        await check_data(url, pair.target_url, read_mapping(pair.mapping))


async def test_a_connection_lost_in_the_middle_is_no_verdict(pair: Pair) -> None:
    """When the server ends the session half-way, nothing is said about the data."""
    connection = await asyncpg.connect(pair.target_url)
    async with open_read_only("target", pair.target_url) as database:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'data_check' AND datname = current_database()"
        )
        with pytest.raises(DataRefused, match="the target database was lost in the middle"):
            await database.rows("SELECT 1")
    await connection.close()
