"""A trial runs on the tree that it is given, tells what broke, and leaves no process behind."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from readiness.mutants.trial import ask

FORMS = '''"""A form of a tree."""

import json
import os
import subprocess
import time


def answer(name, options):
    """As `readiness.mutants.forms.answer`."""
    if name == "slow":
        subprocess.Popen(["sleep", "300"])
        open("pid", "w").write(str(os.getpid()))
        time.sleep(300)
    if name == "turns":
        while True:
            pass
    if name == "breaks":
        raise KeyError("no such thing")
    if name == "dies":
        os._exit(3)
    found = [{"rule_id": name, "severity": "HIGH", "message": " ".join(options), "fix": "mend"}]
    return json.dumps(found).encode()
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree whose forms are its own."""
    folder = tmp_path / "readiness/mutants"
    folder.mkdir(parents=True)
    (tmp_path / "readiness/__init__.py").write_text("", encoding="utf-8")
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "forms.py").write_text(FORMS, encoding="utf-8")
    return tmp_path


def test_modules_come_from_the_tree(tree: Path) -> None:
    """And so do the findings, with the options and the processor time that they took."""
    answer = ask("finds", tree, ["a", "b"], 60)
    assert answer.broke == ""
    assert [(found.rule_id, found.message) for found in answer.findings] == [("finds", "a b")]
    assert answer.cpu_s > 0


@pytest.mark.parametrize(
    ("name", "said"), [("breaks", "KeyError: 'no such thing'"), ("dies", "its process died after")]
)
def test_what_breaks_is_told(tree: Path, name: str, said: str) -> None:
    """A check that cannot measure is blocked."""
    answer = ask(name, tree, [], 60)
    assert answer.findings == ()
    assert answer.broke.startswith(said)
    assert answer.is_lost == (name == "dies")


def test_what_does_not_end_is_ended_with_its_children(tree: Path) -> None:
    """And said to have been too slow."""
    answer = ask("slow", tree, [], 8)
    assert answer.broke == "it did not end within 8 s"
    group = int((tree / "pid").read_text("utf-8"))
    left = [each for each in psutil.process_iter(["status"]) if _is_of(each, group)]
    assert [each for each in left if each.info["status"] != psutil.STATUS_ZOMBIE] == []


def test_alone_its_own_time_counts(tree: Path) -> None:
    """A busy machine takes none of it; one that turns for ever uses it up."""
    answer = ask("turns", tree, [], 2, by_cpu=True)
    assert (answer.is_lost, answer.broke) == (True, "it did not end within 2 s")
    told = ask("finds", tree, ["a"], 60, by_cpu=True)
    assert (told.is_lost, len(told.findings)) == (False, 1)


def _is_of(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except ProcessLookupError:
        return False
