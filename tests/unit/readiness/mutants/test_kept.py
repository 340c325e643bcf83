"""What was measured is kept, and counts for the source that it was measured on and for no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.check import Recall, Severity
from readiness.mutants.campaign import Result
from readiness.mutants.kept import FILE, keep, kept_powers, read_measured
from readiness.mutants.mutant import Fate, Mutant, Origin, Tried
from readiness.mutants.rules import Rules, RulesRefused, fingerprint, read_rules

ROOT = Path(__file__).resolve().parents[4]
NAME = "Dry Run"


def _result(caught: int, survived: int) -> Result:
    fates = [Fate.CAUGHT] * caught + [Fate.SURVIVED] * survived
    return Result(
        check=NAME,
        tried=tuple(
            Tried(
                mutant=Mutant(
                    name=f"m{at}",
                    check=NAME,
                    least=Severity.CRITICAL,
                    origin=Origin.DRAWN if at % 3 == 0 else Origin.WRITTEN,
                ),
                fate=fate,
                said="said",
            )
            for at, fate in enumerate(fates)
        ),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout that holds the source of one check."""
    for name in KNOWN[NAME].source:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / FILE).parent.mkdir(parents=True)
    return tmp_path


KNOWN: dict[str, Rules] = read_rules()


def test_what_was_kept_is_what_is_used(root: Path) -> None:
    """With the command that measures it again."""
    keep(root, [_result(28, 2)], KNOWN, seed=4)
    kept = kept_powers(root)[NAME]
    assert kept.recall == Recall(caught=28, seeded=30)
    assert '--check "Dry Run" --seed 4' in kept.source
    found = read_measured(root)[NAME]
    assert (found.drawn, found.survivors) == (10, ("m28", "m29"))


def test_another_measurement_leaves_those_of_other_checks(root: Path) -> None:
    """One check can be measured alone."""
    keep(root, [_result(28, 2)], KNOWN, seed=4)
    again = Result(check="Code", tried=())
    rules = {**KNOWN, "Code": KNOWN[NAME]}
    keep(root, [again], rules, seed=5)
    assert set(read_measured(root)) == {"Code", NAME}


def test_a_changed_check_has_no_power_until_it_is_measured(root: Path) -> None:
    """And the reason says what to do."""
    keep(root, [_result(30, 0)], KNOWN, seed=1)
    source = root / KNOWN[NAME].source[0]
    source.write_text(source.read_text("utf-8") + "\n", encoding="utf-8")
    kept = kept_powers(root)[NAME]
    assert kept.recall is None
    assert kept.source == "its power was measured on other source: run `make mutants` to measure it"


def test_nothing_is_kept_without_a_file(root: Path) -> None:
    """Then no check has any power that it does not measure itself."""
    assert kept_powers(root) == {} == read_measured(root)


def test_a_file_that_cannot_be_read_gives_no_power(root: Path) -> None:
    """The command refuses it in one sentence."""
    (root / FILE).write_text("{}", encoding="utf-8")
    assert kept_powers(root) == {}
    with pytest.raises(RulesRefused, match=r"measured\.json.*run `make mutants`"):
        read_measured(root)


def test_the_committed_measurement_belongs_to_this_source() -> None:
    """A check that was changed since has to be measured anew: `make mutants CHECK="…"`."""
    stale = [
        name
        for name, found in read_measured(ROOT).items()
        if found.fingerprint != fingerprint(KNOWN[name], ROOT)
    ]
    assert stale == []


def test_the_committed_measurement_names_who_survived() -> None:
    """Survivors stay in the denominator."""
    for name, found in read_measured(ROOT).items():
        assert found.seeded == found.caught + len(found.survivors), name
        assert found.seeded >= 25, name
        assert found.drawn * 3 >= found.seeded * 0.95, name
