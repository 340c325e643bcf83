"""The list of intended differences: each with a reason, and a bad file is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.compatibility.intended import read_intended


def test_each_intended_difference_has_its_reason() -> None:
    """Legs, flags, ids, stops, times and the ladder are listed, and nothing about decisions."""
    found = read_intended()
    assert {kind for kind, it in found.items() if it.seen == "wire"} == {"exit_time", "ladder"}
    assert {"legs", "reduce_only"} <= set(found)
    assert not {"decision", "life", "exit", "v2_order", "v3_order"} & set(found)
    assert all(len(it.reason.split()) > 5 for it in found.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("legs: {seen: core}", "cannot be read"),
        ("legs: {seen: somewhere, reason: because}", "cannot be read"),
        ("legs: {seen: core, reason: because, more: 1}", "cannot be read"),
        ("legs: {seen: core, reason: ' '}", "without a reason"),
        ("legs: [", "cannot be read"),
    ],
)
def test_a_list_with_a_fault_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A kind without a reason, or of another place, is not taken for an intended one."""
    file = tmp_path / "intended.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=said):
        read_intended(file)


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Without the list nothing can be called intended."""
    with pytest.raises(ValueError, match="cannot be read"):
        read_intended(tmp_path / "nothing.yaml")
