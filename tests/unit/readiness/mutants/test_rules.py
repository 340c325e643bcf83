"""The files of defects: all fit the tree, enough for every check, each belonging to its source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from readiness.checks import STEPS
from readiness.mutants.mutant import Origin
from readiness.mutants.rules import (
    FOLDER,
    Rules,
    RulesRefused,
    drawn_of,
    mutants_of,
    read_rules,
)
from readiness.mutants.tree import edited

ROOT = Path(__file__).resolve().parents[4]
KNOWN = read_rules()
SMALL = """
check: Dry Run
least: CRITICAL
deadline_s: 5
source: [room.py]
drawn:
  - {files: [room.py], count: 1, operators: [comparison]}
written:
  - {name: other, file: room.py, old: return a, new: return b}
"""


def _small(folder: Path, text: str = SMALL) -> Rules:
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    (folder / "room.py").write_text("def f(a, b):\n    return a < b\n", encoding="utf-8")
    return read_rules(folder)["Dry Run"]


@pytest.mark.parametrize("name", KNOWN)
def test_every_mutant_fits_the_tree(name: str) -> None:
    """A written one whose target is gone has to be written anew."""
    for mutant in mutants_of(KNOWN[name], ROOT, seed=1):
        for edit in mutant.edits:
            assert edited((ROOT / edit.file).read_text("utf-8"), edit)


@pytest.mark.parametrize("name", KNOWN)
def test_every_check_has_enough_and_a_third_is_drawn(name: str) -> None:
    """At least 25, and nobody chose a third of them."""
    mutants = list(mutants_of(KNOWN[name], ROOT, seed=3))
    drawn = sum(mutant.origin is Origin.DRAWN for mutant in mutants)
    assert len(mutants) >= 25
    assert drawn * 3 >= len(mutants) * 0.95
    assert len({mutant.name for mutant in mutants}) == len(mutants)


def test_mutants_are_made_for_checks_that_there_are() -> None:
    """And there are more than two hundred of them."""
    critical = {check.name for step in STEPS for check in step.checks if check.is_critical}
    assert set(KNOWN) <= critical
    assert sum(len(list(mutants_of(rules, ROOT, 1))) for rules in KNOWN.values()) >= 200


def test_the_seed_draws_others_and_leaves_the_written_ones(tmp_path: Path) -> None:
    """The same seed draws the same."""
    rules = KNOWN["Risk Management"]
    names = [[place.name for place, _ in drawn_of(rules, ROOT, seed)] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]


def test_what_changes_nothing_is_left_out_with_its_reason(tmp_path: Path) -> None:
    """A reason of a word is none."""
    rules = _small(tmp_path)
    [(place, _)] = drawn_of(rules, tmp_path, 1)
    reason = "it is never called" * 2
    known = SMALL + f"equivalent:\n  - {{name: {place.name!r}, reason: {reason}}}\n"
    with pytest.raises(ValueError, match="have 0 places"):
        list(drawn_of(_small(tmp_path, known), tmp_path, 1))
    with pytest.raises(RulesRefused, match="length >= 20"):
        _small(tmp_path, known.replace(reason, "never"))


def test_what_was_drawn_is_drawn_again_while_it_is_there(tmp_path: Path) -> None:
    """A changed line elsewhere makes the seed shuffle otherwise, and moves no defect."""
    rules = KNOWN["Risk Management"]
    first = [place.name for place, _ in drawn_of(rules, ROOT, 1)]
    others = [place.name for place, _ in drawn_of(rules, ROOT, 2)]
    again = [place.name for place, _ in drawn_of(rules, ROOT, 2, before=first)]
    assert sorted(again) == sorted(first) != sorted(others)
    some = [place.name for place, _ in drawn_of(rules, ROOT, 2, before=first[:5])]
    assert set(first[:5]) < set(some)
    assert len(some) == len(first)


def test_a_key_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """With the file."""
    shutil.copy(next(FOLDER.glob("*.yaml")), tmp_path / "copy.yaml")
    with (tmp_path / "copy.yaml").open("a", encoding="utf-8") as file:
        file.write("\nunknown: 1\n")
    with pytest.raises(RulesRefused, match=r"copy\.yaml.*unknown"):
        read_rules(tmp_path)
