"""A measurement belongs to all that its check consists of, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.mutants.fingerprint import fingerprint, parts_of
from readiness.mutants.rules import Rules, RulesRefused, read_rules

ROOT = Path(__file__).resolve().parents[4]
KNOWN = read_rules()
FORMS = '''"""Forms."""

from pathlib import Path

LEVEL = 3


def dry_run(tree):
    """One."""
    from readiness.parts import look

    return look(_deep(tree))


def _deep(tree):
    return tree.parents[LEVEL]


def code(tree):
    """Another."""
    return 1


FORMS: dict = {"Dry Run": dry_run, "Code": code}
'''
SETTINGS = "dry_run: {seconds: 5}\nresilience: {seconds: 6}\n"


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a check of a few files."""
    _write(tmp_path, "readiness/mutants/forms.py", FORMS)
    _write(tmp_path, "readiness/parts.py", "import readiness.deeper\n")
    _write(tmp_path, "readiness/deeper.py", "from bot_trading import room\n")
    _write(tmp_path, "readiness/settings.py", "x = 1\n")
    _write(tmp_path, "readiness/other.py", "x = 1\n")
    _write(tmp_path, "readiness/check_it.py", "from readiness.settings import x\n")
    _write(tmp_path, "bot_trading/room.py", "x = 1\n")
    _write(tmp_path, "config/readiness.yaml", SETTINGS)
    return tmp_path


def _rules(root: Path) -> Rules:
    text = "{check: Dry Run, least: HIGH, deadline_s: 5, source: [readiness/check_it.py],"
    _write(root, "rules/one.yaml", text + " settings: dry_run}")
    return read_rules(root / "rules")["Dry Run"]


def test_the_form_brings_what_it_imports(root: Path) -> None:
    """Also what that imports; of the bot nothing, and not how all settings are read."""
    names = [part.as_posix() for part in parts_of(_rules(root), root)]
    assert names == ["readiness/check_it.py", "readiness/deeper.py", "readiness/parts.py"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("readiness/check_it.py", "x", "x as y"),
        ("readiness/deeper.py", "room", "room as r"),
        ("readiness/mutants/forms.py", "LEVEL = 3", "LEVEL = 4"),
        ("readiness/mutants/forms.py", "parents[LEVEL]", "parents[LEVEL - 1]"),
        ("config/readiness.yaml", "seconds: 5", "seconds: 7"),
    ],
)
def test_another_check_has_another_fingerprint(root: Path, name: str, old: str, new: str) -> None:
    """Its source, what it imports, its form, and what is demanded of it."""
    rules = _rules(root)
    before = fingerprint(rules, root)
    _write(root, name, (root / name).read_text("utf-8").replace(old, new))
    assert fingerprint(rules, root) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("readiness/other.py", "1", "2"),
        ("readiness/settings.py", "1", "2"),
        ("bot_trading/room.py", "1", "2"),
        ("readiness/mutants/forms.py", "return 1", "return 2"),
        ("config/readiness.yaml", "seconds: 6", "seconds: 7"),
    ],
)
def test_what_is_no_part_of_the_check_changes_nothing(
    root: Path, name: str, old: str, new: str
) -> None:
    """Other checks, their forms and sections, and the system under test."""
    rules = _rules(root)
    before = fingerprint(rules, root)
    _write(root, name, (root / name).read_text("utf-8").replace(old, new))
    assert fingerprint(rules, root) == before


def test_a_source_that_is_gone_is_refused(root: Path) -> None:
    """Its change would go unseen."""
    rules = _rules(root)
    (root / "readiness/check_it.py").unlink()
    with pytest.raises(RulesRefused, match=r"check_it\.py is not there"):
        fingerprint(rules, root)


def test_a_section_that_is_gone_is_refused(root: Path) -> None:
    """And so is what is no Python."""
    rules = _rules(root)
    _write(root, "config/readiness.yaml", "resilience: {seconds: 6}\n")
    with pytest.raises(RulesRefused, match="has no section dry_run"):
        fingerprint(rules, root)
    _write(root, "config/readiness.yaml", SETTINGS)
    _write(root, "readiness/deeper.py", "def (:\n")
    with pytest.raises(RulesRefused, match=r"deeper\.py cannot be read"):
        fingerprint(rules, root)


@pytest.mark.parametrize("name", KNOWN)
def test_every_check_is_known_whole(name: str) -> None:
    """Its own file is among its parts, the verdict and the reports are not."""
    parts = {part.as_posix() for part in parts_of(KNOWN[name], ROOT)}
    assert KNOWN[name].source[0] in parts
    assert not parts & {"readiness/verdict.py", "readiness/report.py", "readiness/settings.py"}
    assert len(fingerprint(KNOWN[name], ROOT)) == 16
