"""What was measured is kept trial by trial, and counts for its own check and mutant alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.check import Recall
from readiness.mutants.fingerprint import fingerprint
from readiness.mutants.kept import FILE, Ledger, kept_powers, read_measured
from readiness.mutants.mutant import Fate, Mutant, Tried
from readiness.mutants.rules import Rules, RulesRefused, mutants_of, read_rules

ROOT = Path(__file__).resolve().parents[4]
NAME = "Dry Run"
ROOM = "def f(a, b):\n    return a < b\n\n\ndef g(a, b):\n    return a + b > 1\n"
FORMS = '"""Forms."""\n\n\ndef run(tree):\n    return 1\n\n\nFORMS = {"Dry Run": run}\n'
RULES = """
check: Dry Run
least: CRITICAL
deadline_s: 5
source: [check.py]
drawn:
  - {files: [room.py], count: 2, operators: [comparison]}
written:
  - {name: other, file: room.py, old: a + b, new: a - b}
"""


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout of one check and one room."""
    for name, text in {"check.py": "x = 1\n", "room.py": ROOM, "rules/one.yaml": RULES}.items():
        _write(tmp_path, name, text)
    _write(tmp_path, "readiness/mutants/forms.py", FORMS)
    return tmp_path


def _rules(root: Path) -> dict[str, Rules]:
    return read_rules(root / "rules")


def _begin(root: Path, ledger: Ledger) -> tuple[list[Mutant], list[Tried]]:
    """What a campaign does first: all mutants, and what is known of them."""
    rules = _rules(root)[NAME]
    mutants = list(mutants_of(rules, root, 1, ledger.drawn(NAME, 1)))
    return mutants, ledger.begin(NAME, fingerprint(rules, root), 1, mutants)


def _tried(mutant: Mutant, fate: Fate = Fate.CAUGHT) -> Tried:
    return Tried(mutant=mutant, fate=fate, said="said", cpu_s=1.2)


def _recall(root: Path) -> Recall | None:
    return kept_powers(root, _rules(root))[NAME].recall


def _measured(root: Path) -> list[Mutant]:
    """A whole campaign that caught everything."""
    ledger = Ledger(root)
    mutants, _ = _begin(root, ledger)
    for mutant in mutants:
        ledger.note(_tried(mutant))
    return mutants


def test_each_trial_is_kept_when_it_is_over(root: Path) -> None:
    """A campaign that is stopped loses nothing; what it did not try was not seen."""
    ledger = Ledger(root)
    mutants, known = _begin(root, ledger)
    assert known == []
    assert kept_powers(root, _rules(root))[NAME].source.startswith("none of its mutants was tried")
    ledger.note(_tried(mutants[0]))
    assert _recall(root) == Recall(caught=1, seeded=3)
    assert "2 of them not tried" in kept_powers(root, _rules(root))[NAME].source
    _, known = _begin(root, Ledger(root))
    assert known == [_tried(mutants[0])]


def test_a_whole_campaign_is_what_is_used(root: Path) -> None:
    """With the command that measures it again; who survived stays among the seeded."""
    ledger = Ledger(root)
    mutants, _ = _begin(root, ledger)
    for mutant, fate in zip(mutants, (Fate.CAUGHT, Fate.BLOCKED, Fate.SURVIVED), strict=True):
        ledger.note(_tried(mutant, fate))
    kept = kept_powers(root, _rules(root))[NAME]
    assert kept.recall == Recall(caught=2, seeded=3)
    assert kept.source == 'by `python -m readiness.mutants --check "Dry Run" --seed 1 --keep`'


def test_what_is_undecided_was_not_seen_and_is_tried_again(root: Path) -> None:
    """It stays among the seeded."""
    mutants = _measured(root)
    Ledger(root).note(_tried(mutants[0], Fate.UNDECIDED))
    assert _recall(root) == Recall(caught=2, seeded=3)
    _, known = _begin(root, Ledger(root))
    assert [each.mutant for each in known] == mutants[1:]
    assert _recall(root) == Recall(caught=2, seeded=3)


def test_a_changed_check_has_no_power_until_it_is_measured(root: Path) -> None:
    """And the reason says what to do; the next campaign begins anew on the same mutants."""
    mutants = _measured(root)
    _write(root, "check.py", "x = 2\n")
    kept = kept_powers(root, _rules(root))[NAME]
    assert kept.recall is None
    assert kept.source == "its power was measured on other source: run `make mutants` to measure it"
    again, known = _begin(root, Ledger(root))
    assert again == mutants
    assert known == []


def test_a_changed_mutant_alone_is_tried_again(root: Path) -> None:
    """The others are what they were, also when the room around them moved."""
    mutants = _measured(root)
    _write(root, "rules/one.yaml", RULES.replace("new: a - b", "new: a * b"))
    assert _recall(root) == Recall(caught=2, seeded=3)
    _write(root, "room.py", "x = 1\n\n\n" + ROOM)
    again, known = _begin(root, Ledger(root))
    assert [each.name for each in again] == [each.name for each in mutants]
    assert [each.mutant.name for each in known] == [each.name for each in mutants[1:]]


def test_a_place_that_is_gone_is_drawn_anew(root: Path) -> None:
    """And what was seen of the old one does not count."""
    before = _measured(root)
    changed = ROOM.replace("a < b", "a == b")
    _write(root, "room.py", changed)
    assert _recall(root) == Recall(caught=2, seeded=3)
    after, known = _begin(root, Ledger(root))
    assert len(after) == 3
    assert len({each.name for each in before} & {each.name for each in after}) == len(known) == 2


def test_a_campaign_on_a_check_that_is_not_clean_is_taken_back(root: Path) -> None:
    """What was kept before it stays."""
    first = Ledger(root)
    mutants, _ = _begin(root, first)
    first.note(_tried(mutants[0]))
    second = Ledger(root)
    _begin(root, second)
    second.note(_tried(mutants[1]))
    second.take_back(NAME)
    assert set(read_measured(root)[NAME].trials) == {mutants[0].name}


def test_another_seed_draws_for_itself(root: Path) -> None:
    """Places are kept for the seed that drew them."""
    _measured(root)
    assert len(Ledger(root).drawn(NAME, 1)) == 2
    assert Ledger(root).drawn(NAME, 2) == frozenset()


def test_nothing_is_kept_without_a_file(root: Path) -> None:
    """Then no check has any power that it does not measure itself."""
    assert kept_powers(root) == {} == read_measured(root)


@pytest.mark.parametrize("text", ["{}", '{"version": 1, "checks": {}}'])
def test_a_file_that_cannot_be_read_gives_no_power(root: Path, text: str) -> None:
    """The command refuses it in one sentence."""
    (root / FILE).write_text(text, encoding="utf-8")
    assert kept_powers(root) == {}
    with pytest.raises(RulesRefused, match=r"measured\.json.*run `make mutants`"):
        Ledger(root)


def test_what_is_committed_counts_as_its_trials_say() -> None:
    """Of no check more than was tried of its present mutants, and of those at least 25."""
    known = read_rules()
    measured = read_measured(ROOT)
    assert set(measured) <= set(known)
    for name, kept in kept_powers(ROOT).items():
        trials = measured[name].trials
        if kept.recall is not None:
            caught = sum(trial.fate.is_caught for trial in trials.values())
            assert kept.recall.caught <= caught, name
            assert kept.recall.seeded >= 25, name
            assert len(measured[name].drawn) * 3 >= kept.recall.seeded * 0.95, name
