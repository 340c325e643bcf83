"""Which symbols move together, by correlations of returns, shrunk as Ledoit and Wolf (2004) do.

`python3 -m bot_trading.correlation` reads `{"returns": {symbol: [...]}, "correlation_min": 0.6}` as
JSON and answers with `{"groups": [[...]], "shrinkage": ...}`. The bot runs it as a process of its
own: scikit-learn takes two seconds and a hundred megabytes to load, which trading must not feel.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot_trading.domain.returns import ReturnHistory
from bot_trading.risk.returns import BookSpec

__all__ = ["estimate", "estimate_here", "grouped"]

_DEADLINE_S = 60.0
_NICE = 10
_ROOT = Path(__file__).resolve().parent.parent


def grouped(
    symbols: Sequence[str], correlation: Sequence[Sequence[float]], minimum: float
) -> list[list[str]]:
    """Symbols joined by a chain of correlations of at least `minimum` in size, either sign: what
    moves against another is the same bet on the other side."""
    groups: list[set[int]] = []
    for at, row in enumerate(correlation):
        joined = {at} | {other for other, value in enumerate(row[:at]) if abs(value) >= minimum}
        apart = [group for group in groups if not group & joined]
        for group in groups:
            if group & joined:
                joined |= group
        groups = [*apart, joined]
    return sorted(sorted(symbols[each] for each in group) for group in groups)


def estimate_here(question: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one question, as in the module's words; loads scikit-learn.

    A symbol whose price never moved has no correlation with anything and is left out.
    """
    import numpy as np
    from sklearn.covariance import ledoit_wolf  # type: ignore[import-untyped]

    series = {name: row for name, row in question["returns"].items() if len(set(row)) > 1}
    if not series:
        return {"groups": [], "shrinkage": None}
    rows = np.array(list(series.values()), dtype=np.float64).T
    # Of standardised returns, so that a wild symbol does not decide how much the others shrink.
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    covariance, shrinkage = ledoit_wolf(rows)
    size = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(size, size)
    groups = grouped(list(series), correlation.tolist(), question["correlation_min"])
    return {"groups": groups, "shrinkage": float(shrinkage)}


async def estimate(history: ReturnHistory, spec: BookSpec) -> tuple[frozenset[str], ...]:
    """The groups of symbols by their past, from a process that ends with its answer.

    Raises OSError where it cannot start, TimeoutError after a minute, and ValueError for an answer
    that is none, with what it said.
    """
    returns = {name: [float(each) for each in row] for name, row in history.returns.items()}
    question = {"returns": returns, "correlation_min": float(spec.correlation_min_ratio)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot_trading.correlation"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        async with asyncio.timeout(_DEADLINE_S):
            said, complaint = await process.communicate(json.dumps(question).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise ValueError(f"the estimate ended with {process.returncode}: {' '.join(last)}")
    return tuple(frozenset(group) for group in json.loads(said)["groups"])


if __name__ == "__main__":
    os.nice(_NICE)
    sys.stdout.write(json.dumps(estimate_here(json.load(sys.stdin))))
