"""Types are followed through annotations, assignments, factories, inheritance and re-exports."""

import textwrap
from pathlib import Path

import pytest

from readiness.codelint import analyse

BLOCKING = """
import time

class Clock:
    def pause(self):
        time.sleep(1)
"""


def found(tmp_path: Path, **files: str) -> list[tuple[str, str]]:
    """Rule id and place of each finding in a package of these modules."""
    (tmp_path / "bot").mkdir()
    for name, text in {"__init__": "", "clock": BLOCKING, **files}.items():
        (tmp_path / "bot" / f"{name}.py").write_text(textwrap.dedent(text))
    return [(f.rule_id, str(f.location)) for f in analyse(tmp_path).findings]


@pytest.mark.parametrize(
    "setup",
    [
        "from bot.clock import Clock\n\nclass Desk:\n    def __init__(self):\n"
        "        self.clock = Clock()",
        "from .clock import Clock\n\nclass Desk:\n    def __init__(self, clock: Clock):\n"
        "        self.clock = clock",
        "from . import clock as c\n\nclass Desk:\n    clock: 'c.Clock'",
        "from bot import clock as c\n\ndef make():\n    return c.Clock()\n\nclass Desk:\n"
        "    def __init__(self):\n        self.clock = make()",
        "from bot.clock import Clock\n\nclass Base:\n    def __init__(self):\n"
        "        self.clock = Clock()\n\nclass Middle(Base):\n    pass\n\nclass Desk(Middle):\n"
        "    x = 1",
        "from bot.clock import Clock\n\nclass Desk:\n    @property\n    def clock(self) -> Clock:\n"
        "        return Clock()",
        "from typing import Optional\nfrom bot.clock import Clock\n\nclass Desk:\n"
        "    clock: Optional[Clock] = None",
        "from bot.clock import Clock\n\nclass Desk:\n    clock: Clock | None = None",
    ],
)
def test_attribute_is_followed_to_its_class(tmp_path: Path, setup: str) -> None:
    """Whatever gives the attribute its type, the blocking method behind it is found."""
    desk = setup + "\n\n    async def go(self):\n        self.clock.pause()\n"
    assert [rule for rule, _ in found(tmp_path, desk=desk)] == ["D07"]


def test_re_export_is_followed(tmp_path: Path) -> None:
    """A name imported from a package's front door is the original."""
    places = found(
        tmp_path,
        __init__="from .clock import Clock\n",
        desk="from bot import Clock\n\nasync def go(clock: Clock):\n    clock.pause()\n",
    )
    assert places == [("D07", "bot/desk.py:4")]


def test_star_import_is_followed(tmp_path: Path) -> None:
    """`from x import *` brings the module's names."""
    desk = "from bot.clock import *\n\nasync def go():\n    Clock().pause()\n"
    assert found(tmp_path, desk=desk) == [("D07", "bot/desk.py:4")]


def test_element_of_a_container_is_followed(tmp_path: Path) -> None:
    """Values of an annotated mapping have their type."""
    desk = """
        from bot.clock import Clock

        class Desk:
            clocks: dict[str, Clock]

            async def go(self, name):
                self.clocks[name].pause()
                for clock in self.clocks.values():
                    clock.pause()
    """
    assert [rule for rule, _ in found(tmp_path, desk=desk)] == ["D07", "D07"]


def test_own_module_shadows_no_standard_one(tmp_path: Path) -> None:
    """A module of the tree called like a standard one does not take its place elsewhere."""
    desk = "import time\n\nasync def go():\n    time.sleep(1)\n"
    assert found(tmp_path, time="def sleep(x): ...\n", desk=desk) == [("D05", "bot/desk.py:4")]


def test_cycles_of_types_end(tmp_path: Path) -> None:
    """Definitions that refer to each other do not run for ever."""
    desk = """
        from bot.other import B

        class A(B):
            x = B().y

        def f():
            return g()

        def g():
            return f()
    """
    other = "from bot.desk import A\n\nclass B(A):\n    y = A().x\n"
    assert found(tmp_path, desk=desk, other=other) == []


def test_longest_chain_is_complete(tmp_path: Path) -> None:
    """The chain names every step, across files, to the primitive."""
    middle = "from bot.clock import Clock\n\ndef middle():\n    Clock().pause()\n"
    desk = "from bot.middle import middle\n\nasync def go():\n    middle()\n"
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "bot").mkdir()
    for name, text in {"__init__": "", "clock": BLOCKING, "middle": middle, "desk": desk}.items():
        (tmp_path / "x" / "bot" / f"{name}.py").write_text(text)
    (finding,) = analyse(tmp_path / "x").findings
    assert finding.rule_id == "D08"
    assert [step.note for step in finding.chain] == ["middle", "Clock().pause", "time.sleep"]
    assert [step.path for step in finding.chain][-1] == "bot/clock.py"
