"""Forms that defects take in real bots, and the correct code that they are mistaken for.

The files in `forms` hold small programs, each after a line `#### RULE name` (the name may be that
of a file). `A|B` accepts either rule, `!` means that none of the rules may speak, `*` any rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness.check import FindingKind
from readiness.codelint import analyse

FORMS = Path(__file__).parent / "forms"
HEAD = re.compile(r"^#### (?P<silent>!?)(?P<rules>[A-Z*|\d]+) (?P<name>\S+)\n", re.MULTILINE)


def forms() -> Iterator[object]:
    """Each program as (whether the rules stay silent, rule ids, file name, text)."""
    for path in sorted(FORMS.iterdir()):
        text = path.read_text(encoding="utf-8")
        heads = list(HEAD.finditer(text))
        ends = [head.start() for head in heads[1:]] + [len(text)]
        for head, end in zip(heads, ends, strict=True):
            rules = frozenset(head["rules"].split("|"))
            name = head["name"] if "." in head["name"] else "bot.py"
            program = (bool(head["silent"]), rules, name, text[head.end() : end])
            yield pytest.param(*program, id=f"{path.stem}-{head['rules']}-{head['name']}")


@pytest.mark.parametrize(("is_silent", "rules", "name", "text"), [*forms()])
def test_a_form_is_read_as_what_it_is(
    is_silent: bool, rules: frozenset[str], name: str, text: str, tmp_path: Path
) -> None:
    """A guilty form is found by one of its rules; an innocent one by none of them."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    analysis = analyse(tmp_path)
    assert not analysis.not_analysed
    spoken = {f.rule_id for f in analysis.findings if f.kind is FindingKind.FAIL}
    named = spoken if "*" in rules else spoken & rules
    assert bool(named) != is_silent, sorted(spoken)
