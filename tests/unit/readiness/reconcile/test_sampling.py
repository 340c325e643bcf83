"""The hypergeometric bound of a sample: against SciPy, and at its ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom  # type: ignore[import-untyped]

from readiness.reconcile.sampling import damaged_at_most


@given(rows=st.integers(1, 3_000), data=st.data())
def test_the_bound_is_the_exact_one(rows: int, data: st.DataObject) -> None:
    """So many damaged rows are still likely enough, and one more is not (SciPy's tail)."""
    sampled = data.draw(st.integers(0, rows))
    damaged = data.draw(st.integers(0, min(sampled, 5)))
    bound = damaged_at_most(rows, sampled, damaged, 0.95)
    assert damaged <= bound <= rows - (sampled - damaged)
    assert bound == damaged or hypergeom.cdf(damaged, rows, bound, sampled) > 0.05 - 1e-9
    if bound < rows - (sampled - damaged):
        assert hypergeom.cdf(damaged, rows, bound + 1, sampled) <= 0.05 + 1e-9


def test_whoever_looks_at_all_rows_knows() -> None:
    """Without a sample nothing is left to chance, and without a look nothing is known."""
    assert damaged_at_most(1_000, 1_000, 0, 0.95) == 0
    assert damaged_at_most(1_000, 1_000, 7, 0.95) == 7
    assert damaged_at_most(1_000, 0, 0, 0.95) == 1_000


def test_a_clean_three_thousand_of_a_million_bounds_a_thousandth() -> None:
    """The rule of three: nothing seen in 3,000 rows leaves at most about 1 in 1,000."""
    assert 950 < damaged_at_most(1_000_000, 3_000, 0, 0.95) < 1_000


def test_counts_that_cannot_be_are_refused() -> None:
    """A sample is not larger than what it is of."""
    with pytest.raises(ValueError, match="a sample holds"):
        damaged_at_most(10, 11, 0, 0.95)
