"""Legs rebuilt from fills: what v3 stores of a leg must be the sum of what it traded.

A fill opens a leg when its side is the leg's own (1 is long and bought, 2 is short and sold).
Then, exactly and in any order: quantity = Σ opened − Σ closed; commission and funding are sums;
and for a long leg realised P&L = Σ closing value − Σ opening value + entry value of what is open
(for a short leg with the other sign), since every closing takes its share out of the entry value.
"""

from __future__ import annotations

from readiness.reconcile.conversions import quoted
from readiness.reconcile.databases import Database
from readiness.reconcile.tally import Example, Tally

__all__ = ["check_legs"]

NEEDED = ("fills", "funding_payments", "positions")
MEASURES = ("quantity", "commission", "funding", "realised P&L")

LEGS = """
WITH traded AS (
    SELECT account, exchange, symbol, position_idx,
        sum(CASE WHEN opens THEN last_qty ELSE -last_qty END) AS quantity,
        sum(commission) AS commission,
        sum(CASE WHEN opens THEN -last_qty * last_px ELSE last_qty * last_px END)
            * CASE position_idx WHEN 1 THEN 1 ELSE -1 END AS gained
    FROM (SELECT *, (side::text = 'BUY') = (position_idx = 1) AS opens FROM {0}.fills) AS f
    GROUP BY account, exchange, symbol, position_idx
), funded AS (
    SELECT account, exchange, symbol, position_idx, sum(amount) AS funding
    FROM {0}.funding_payments GROUP BY account, exchange, symbol, position_idx
), legs AS (
    SELECT account, exchange, symbol, position_idx,
        ARRAY[coalesce(t.quantity, 0), coalesce(t.commission, 0), coalesce(f.funding, 0),
              coalesce(t.gained, 0)
              + coalesce(p.entry_value, 0) * CASE position_idx WHEN 1 THEN 1 ELSE -1 END
        ] AS summed,
        CASE WHEN p.account IS NOT NULL
             THEN ARRAY[p.quantity, p.commission, p.funding, p.realized_pnl] END AS stored
    FROM traded t
    FULL JOIN funded f USING (account, exchange, symbol, position_idx)
    FULL JOIN {0}.positions p USING (account, exchange, symbol, position_idx)
)
SELECT concat_ws(' ', account, exchange, symbol, position_idx), summed, stored
FROM legs ORDER BY 1
"""


async def check_legs(target: Database, schema: str, tally: Tally) -> int | None:
    """Compare every leg with its fills; how many legs there are, None where v3 keeps none."""
    rows = await target.rows("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
    if not set(NEEDED) <= {row[0] for row in rows}:
        return None
    legs = 0
    async for block in target.blocks(LEGS.format(quoted(schema))):
        for leg, summed, stored in block:
            legs += 1
            if stored is None:
                example = Example(key=leg, expected="a stored leg", found="none, only its fills")
                tally.add("leg-differs", f"{schema}.positions", example)
                continue
            for measure, expected, found in zip(MEASURES, summed, stored, strict=True):
                if expected != found:
                    example = Example(
                        key=f"{leg} {measure}", expected=str(expected), found=str(found)
                    )
                    tally.add("leg-differs", f"{schema}.positions", example)
    return legs
