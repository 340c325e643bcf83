"""Live values against their conversions: what converts, what is rounded, what does not."""

from __future__ import annotations

from decimal import Decimal

from readiness.reconcile.databases import open_read_only
from readiness.reconcile.mapping import read_mapping
from readiness.reconcile.shape import read_shape
from readiness.reconcile.survival import evidence_of, measure_survival
from readiness.reconcile.tally import Tally
from tests.builders.migrated_pair import Pair, execute


async def test_live_values_are_counted_by_what_becomes_of_them(pair: Pair) -> None:
    """Values that are NULL, dirty, or have more decimal places than the new type holds."""
    await execute(
        pair.source_url,
        "UPDATE trades SET quantity = 0.1234567891 WHERE id IN (20, 21)",
        "UPDATE trades SET quantity = 'NaN' WHERE id = 22",
        "UPDATE trades SET fee = 0.000000001 WHERE id = 23",
    )
    # Thousandths as floats: some hold noise behind the eighth decimal place.
    floats = [0.001 * (row % 997 + 1) for row in range(1, 3_001) if row not in (9, 20, 21, 22)]
    noisy = sum(Decimal(repr(it)) != round(Decimal(repr(it)), 8) for it in floats)
    mapping = read_mapping(pair.mapping)
    async with (
        open_read_only("source", pair.source_url) as source,
        open_read_only("target", pair.target_url) as target,
    ):
        shape = await read_shape(mapping, source, target, Tally())
        found = await measure_survival(source, mapping, shape)
    counts = {it.place.rpartition(".")[2]: (it.values, it.refused, it.rounded) for it in found}
    assert counts["quantity"] == (3_000, 2, noisy + 2)
    assert counts["fee"] == (3_000, 1, 0)
    assert counts["symbol"] == (2_999, 1, 0)
    assert counts["side"] == (3_000, 1, 0)
    assert counts["event_at"] == (3_000, 0, 0)
    told = next(evidence_of(it) for it in found if it.place.endswith(".quantity"))
    assert told.source.startswith("double precision → numeric(20,8)")
    assert f"2 do not convert, {noisy + 2:,} arrive rounded" in told.measured
