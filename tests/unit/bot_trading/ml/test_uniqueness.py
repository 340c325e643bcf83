"""Symbols that keep getting one answer are pointed out; a coincidence is not."""

from __future__ import annotations

import numpy as np

from bot_trading.ml.uniqueness import UniquenessWatch

SYMBOLS = ("A", "B", "C")
SAME = np.array([[0.3, 0.2], [0.3, 0.2], [0.4, 0.1]])
OWN = np.array([[0.3, 0.2], [0.31, 0.2], [0.4, 0.1]])


def test_equal_answers_running_are_suspect() -> None:
    """Two symbols with equal answers five times in a row are named, the third is not."""
    watch = UniquenessWatch(times_max=5)
    for _ in range(4):
        watch.look(SYMBOLS, SAME)
    assert watch.suspects == ()
    watch.look(SYMBOLS, SAME)
    assert watch.suspects == ("A", "B")


def test_one_answer_of_its_own_clears_a_symbol() -> None:
    """A single unlike answer ends the run."""
    watch = UniquenessWatch(times_max=2)
    for answers in (SAME, OWN, SAME):
        watch.look(SYMBOLS, answers)
    assert watch.suspects == ()
