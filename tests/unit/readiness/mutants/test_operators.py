"""Operators make every mistake of their kind once, at its place, and a seed draws the same ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from readiness.mutants.mutant import Edit
from readiness.mutants.operators import OPERATORS, draw, places_of
from readiness.mutants.tree import edited

SOURCE = '''"""A room."""

LIMIT = 3


def allowed(asked: int, held: int) -> bool:
    """Whether it may."""
    if asked + held > LIMIT and not held < 0:
        raise ValueError(f"{asked + held} is too much")
    note(asked)
    return (asked - 1) * held <= 0


async def waits(queue: object) -> None:
    """Waits; größer als ein Byte."""
    größe = 2
    await queue.put(größe)
    await asyncio.sleep(1)
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one file."""
    (tmp_path / "room.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def _made(tree: Path, operator: str, name: str = "room.py") -> list[str]:
    return [place.edit.new for place in places_of(tree, name, [operator])]


@pytest.mark.parametrize(
    ("operator", "made"),
    [
        (
            "comparison",
            ["(asked + held) >= (LIMIT)", "(held) <= (0)", "((asked - 1) * held) < (0)"],
        ),
        ("arithmetic", ["(asked) - (held)", "(asked - 1) / (held)", "(asked) + (1)"]),
        ("logic", ["(asked + held > LIMIT) or (not held < 0)", "held < 0"]),
        ("condition", ["not (asked + held > LIMIT and not held < 0)"]),
        ("constant", ["1", "2", "1", "3", "2"]),
        ("statement", ["pass", "pass", "pass", "pass"]),
        ("emptied", ["return None", "return None"]),
        ("not awaited", ["queue.put(größe)", "asyncio.sleep(1)"]),
        ("blocking", ["__import__('time').sleep(1)"]),
    ],
)
def test_each_operator_makes_its_own_mistakes(tree: Path, operator: str, made: list[str]) -> None:
    """And no others: texts for people, docstrings and what stands outside functions stay."""
    found = _made(tree, operator)
    assert sorted(found) == sorted(made)


def test_every_mistake_is_python_and_changes_one_place(tree: Path) -> None:
    """Columns count bytes, so a word beyond ASCII moves nothing."""
    places = list(places_of(tree, "room.py", [*OPERATORS, "not awaited", "blocking"]))
    for place in places:
        after = edited(SOURCE, place.edit)
        assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(SOURCE))
        assert place.edit.at is not None
        assert SOURCE.startswith(place.edit.old, place.edit.at)
    assert len({place.name for place in places}) == len(places)


def test_one_function_can_be_named(tree: Path) -> None:
    """Its places are those of the file within it."""
    assert _made(tree, "emptied", "room.py::waits") == ["return None"]
    assert _made(tree, "comparison", "room.py::waits") == []


def test_a_seed_draws_the_same_and_another_one_others(tree: Path) -> None:
    """At most one mistake on a line, and none that is left out."""
    first, again = (draw(tree, ["room.py"], OPERATORS, 4, 1) for _ in range(2))
    assert [place.name for place in first] == [place.name for place in again]
    assert len({place.line for place in first}) == 4
    others = [draw(tree, ["room.py"], OPERATORS, 4, seed) for seed in range(2, 8)]
    assert any(each != first for each in others)
    left_out = {place.name for place in first[:1]}
    kept = draw(tree, ["room.py"], OPERATORS, 4, 1, left_out)
    assert not left_out & {place.name for place in kept}


def test_more_than_there_are_is_refused(tree: Path) -> None:
    """With both numbers."""
    with pytest.raises(ValueError, match=r"have 2 places for mutants, not 9"):
        draw(tree, ["room.py"], ["emptied"], 9, 1)


def test_an_edit_speaks_of_its_own_place() -> None:
    """The same text elsewhere is not touched."""
    edit = Edit(file="x.txt", old="a", new="b", at=2)
    assert edited("a-a-a", edit) == "a-b-a"
