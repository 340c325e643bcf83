"""What is learned from ends before what is asked begins."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.ml.folds import Span, rows_before, rows_within, shared_rows, walk_forward


def test_folds_walk_forward_and_cover_the_rest() -> None:
    """Each fold asks what follows what it learned from, without holes."""
    folds = walk_forward(Span(from_us=0, until_us=1_000), 3, first_share=0.4)
    assert [fold.learn.from_us for fold in folds] == [0, 0, 0]
    assert [fold.learn.until_us for fold in folds] == [fold.ask.from_us for fold in folds]
    assert [fold.ask.until_us for fold in folds] == [600, 800, 1_000]
    assert folds[0].ask.from_us == 400


def test_rows_that_reach_into_the_asked_part_are_purged() -> None:
    """A label that ends within the embargo before the asked part is not learned from."""
    decided = np.array([0, 10, 20, 30, 40])
    ends = decided + 5
    span = Span(from_us=0, until_us=40)
    assert rows_before(span, decided, ends, 0).tolist() == [True, True, True, True, False]
    assert rows_before(span, decided, ends, 10).tolist() == [True, True, True, False, False]
    assert rows_within(Span(from_us=10, until_us=34), decided, ends).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_shared_rows_are_counted() -> None:
    """A label that ends after the first asked row was decided is one too many."""
    assert shared_rows(np.array([5, 9, 11]), np.array([10, 20])) == 1
    assert shared_rows(np.array([5]), np.array([], dtype=np.int64)) == 0


def test_an_empty_span_is_refused() -> None:
    """A range of time ends after it begins."""
    with pytest.raises(ValueError, match="is empty"):
        Span(from_us=5, until_us=5)
