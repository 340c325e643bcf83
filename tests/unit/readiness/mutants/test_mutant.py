"""A mutant is caught only by a finding that is grave enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from readiness.check import Finding, FindingKind, Severity
from readiness.mutants.mutant import Edit, Fate, Mutant, Origin, fate_of

MUTANT = Mutant(name="m", check="Code", least=Severity.HIGH, origin=Origin.WRITTEN)


def _found(severity: Severity, kind: FindingKind = FindingKind.FAIL) -> Finding:
    return Finding(rule_id="r", severity=severity, message="wrong", fix="mend", kind=kind)


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        ([], Fate.SURVIVED),
        ([_found(Severity.CRITICAL)], Fate.CAUGHT),
        ([_found(Severity.HIGH)], Fate.CAUGHT),
        ([_found(Severity.MEDIUM)], Fate.SURVIVED),
        ([_found(Severity.MEDIUM), _found(Severity.CRITICAL)], Fate.CAUGHT),
        ([_found(Severity.CRITICAL, FindingKind.OPEN)], Fate.SURVIVED),
        ([_found(Severity.CRITICAL, FindingKind.INFORMATIONAL)], Fate.SURVIVED),
    ],
)
def test_only_a_grave_failing_finding_catches(found: list[Finding], fate: Fate) -> None:
    """What is less grave, or fails nothing, does not."""
    assert fate_of(MUTANT, found)[0] is fate


def test_a_survivor_says_why() -> None:
    """So that the hole in the check can be found."""
    assert fate_of(MUTANT, [])[1] == "the check passed"
    assert fate_of(MUTANT, [_found(Severity.LOW)])[1] == "only LOW: wrong"


def test_what_could_not_be_measured_turns_the_verdict_too() -> None:
    """A critical check that says that it is BLOCKED is no pass; a trial that died shows nothing."""
    assert [fate for fate in Fate if fate.is_caught] == [Fate.CAUGHT, Fate.BLOCKED]


def test_a_mutant_is_its_text_and_not_its_line() -> None:
    """What is changed, into what, and how grave it is; not where in the file it stands."""
    edit = Edit(file="a.py", old="x", new="y", at=7)
    one = replace(MUTANT, edits=(edit,))
    assert one.mark == replace(one, edits=(replace(edit, at=9),)).mark
    others = [
        replace(one, least=Severity.LOW),
        replace(one, options=("-x",)),
        replace(one, edits=(replace(edit, new="z"),)),
        replace(one, edits=(replace(edit, file="b.py"),)),
    ]
    assert len({one.mark, *(other.mark for other in others)}) == 5
