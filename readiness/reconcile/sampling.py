"""What a sample of rows says of all rows: the exact hypergeometric upper bound of the damage."""

from __future__ import annotations

import math

__all__ = ["damaged_at_most"]


def damaged_at_most(rows: int, sampled: int, damaged: int, confidence_ratio: float) -> int:
    """The most rows of `rows` that can be damaged, when `damaged` of `sampled` were.

    The largest number under which so few damaged rows in a sample without replacement still
    happen with probability 1 - `confidence_ratio` (the one-sided exact bound; W. G. Cochran,
    Sampling Techniques, 1977, section 3.6). Raises ValueError for counts that cannot be.
    """
    if not 0 <= damaged <= sampled <= rows:
        raise ValueError("a sample holds its damaged rows, and all rows hold the sample")
    low, high = damaged, rows - (sampled - damaged)
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(rows, middle, sampled, damaged) > 1 - confidence_ratio:
            low = middle
        else:
            high = middle - 1
    return low


def _at_most(rows: int, bad: int, sampled: int, seen: int) -> float:
    """Probability to see at most `seen` bad rows when `bad` of all rows are."""
    whole = _log_choose(rows, sampled)
    return math.fsum(
        math.exp(_log_choose(bad, some) + _log_choose(rows - bad, sampled - some) - whole)
        for some in range(seen + 1)
        if some <= bad and sampled - some <= rows - bad
    )


def _log_choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
