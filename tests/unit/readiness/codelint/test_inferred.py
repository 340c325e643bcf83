"""Types that Jedi infers close what the light resolution leaves open, and add nothing else."""

import sys
from pathlib import Path

import pytest

from readiness.check import Finding
from readiness.codelint.analysis import Config, analyse
from readiness.codelint.cli import main
from readiness.codelint.inferred import TypesUnavailableError

VENUE = """\
import time
import queue


class Venue:
    def __init__(self):
        self.inbox = {}

    def read(self):
        time.sleep(1)

    def boxes(self) -> dict[str, tuple[int, queue.Queue[int]]]:
        return self.inbox


class Feed:
    async def read(self):
        return 1
"""
BLOCKED = {
    "generic": ("venues: list[Venue]", "max(venues, key=id).read()"),
    "iterator": ("venues: list[Venue]", "next(iter(venues)).read()"),
    "sorted": ("venues: list[Venue]", "sorted(venues)[0].read()"),
    "nested": (
        "venues: dict[str, tuple[int, Venue]]",
        "[v.read() for _, (_, v) in venues.items()]",
    ),
    "library": ("venue: Venue", "[box.get() for _, (_, box) in venue.boxes().items()]"),
}


def _tree(folder: Path, signature: str, line: str) -> Path:
    (folder / "venue.py").write_text(VENUE)
    head = "from venue import Feed, Venue\n\n\n"
    (folder / "bot.py").write_text(f"{head}async def go({signature}) -> None:\n    {line}\n")
    return folder


def _found(folder: Path, *, has_types: bool) -> list[Finding]:
    findings = analyse(folder, config=Config(has_types=has_types)).findings
    return [each for each in findings if each.location and each.location.path == "bot.py"]


@pytest.mark.parametrize(("signature", "line"), BLOCKED.values(), ids=BLOCKED.keys())
def test_a_blocking_call_is_followed_through_types(
    tmp_path: Path, signature: str, line: str
) -> None:
    """What stops the loop behind a generic, an iterator or a nested container is found with it."""
    tree = _tree(tmp_path, signature, line)
    assert _found(tree, has_types=False) == []
    [finding] = _found(tree, has_types=True)
    assert finding.location is not None
    assert (finding.rule_id, finding.location.line) in {("D07", 5), ("D05", 5)}


def test_an_awaited_call_stays_innocent(tmp_path: Path) -> None:
    """Knowing that the method is a coroutine function is no finding."""
    tree = _tree(tmp_path, "feeds: list[Feed]", "await max(feeds, key=id).read()")
    assert _found(tree, has_types=True) == []


def test_a_coroutine_that_is_lost_behind_a_generic_is_found(tmp_path: Path) -> None:
    """The same call without its await loses the coroutine."""
    tree = _tree(tmp_path, "feeds: list[Feed]", "max(feeds, key=id).read()")
    assert {each.rule_id for each in _found(tree, has_types=True)} == {"D04"}


def test_a_name_behind_wide_letters_is_found(tmp_path: Path) -> None:
    """Columns count characters, and not the bytes of the letters before them."""
    tree = _tree(tmp_path, "venues: list[Venue]", 'print("дата €"); max(venues, key=id).read()')
    assert "D07" in {each.rule_id for each in _found(tree, has_types=True)}


def test_nothing_of_the_tree_is_run(tmp_path: Path) -> None:
    """A module that leaves a trace when it is imported leaves none."""
    trace = tmp_path / "trace"
    tree = tmp_path / "tree"
    tree.mkdir()
    _tree(tree, "venues: list[Venue]", "max(venues, key=id).read()")
    module = tree / "venue.py"
    module.write_text(f"open({str(trace)!r}, 'w').close()\n{VENUE}")
    assert _found(tree, has_types=True)
    assert not trace.exists()


def test_the_command_counts_what_was_inferred(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table says how many calls are known by inference alone."""
    tree = _tree(tmp_path, *BLOCKED["generic"])
    assert main(["--candidate", str(tree), "--types"]) == 1
    assert "1 calls are known by Jedi's inference alone" in capsys.readouterr().out


def test_without_jedi_the_layer_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is optional, and asked for it is never left out silently."""
    monkeypatch.setitem(sys.modules, "jedi", None)
    with pytest.raises(TypesUnavailableError, match="pip install jedi"):
        analyse(_tree(tmp_path, "", "pass"), config=Config(has_types=True))
