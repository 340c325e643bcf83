"""Flame graphs are drawn of what was sampled, and what could not be sampled is said."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from readiness.speed.flames import as_svg, draw_flames, read_stacks

SVG = "{http://www.w3.org/2000/svg}"
STACKS = [
    (["loop (a.py:1)", "work (b.py:2)", "<lambda> & (b.py:9)"], 60),
    (["loop (a.py:1)", "work (b.py:2)"], 20),
    (["loop (a.py:1)", "rest (c.py:3)"], 19),
    (["loop (a.py:1)", "rest (c.py:3)", "once (c.py:7)"], 1),
]


def boxes(svg: str) -> dict[str, tuple[float, float, float]]:
    """Left, top and width of each frame by its first word."""
    found = {}
    for group in ET.fromstring(svg):  # noqa: S314 (drawn here)
        rect, title = group.find(f"{SVG}rect"), group.find(f"{SVG}title")
        assert rect is not None
        assert title is not None
        place = tuple(float(rect.attrib[name]) for name in ("x", "y", "width"))
        found[str(title.text).split(" ")[0]] = (place[0], place[1], place[2])
    return found


def test_width_is_time_and_the_called_stands_on_its_caller() -> None:
    """Four fifths of the samples are four fifths of the width, one row higher."""
    seen = boxes(as_svg(STACKS))
    assert seen["loop"][2] == pytest.approx(1200)
    assert seen["work"][2] == pytest.approx(960)
    assert seen["<lambda>"][2] == pytest.approx(720)
    assert seen["rest"][:1] == (0.0,) or seen["work"][:1] == (0.0,)
    assert seen["<lambda>"][1] < seen["work"][1] < seen["loop"][1]


def test_frames_below_which_everything_runs_are_left_out() -> None:
    """A start and a loop beneath all that happens say nothing."""
    deep = [(["main (m.py:1)", "run (m.py:2)", *names], count) for names, count in STACKS]
    assert set(boxes(as_svg(deep))) == set(boxes(as_svg(STACKS)))


def test_one_stack_alone_is_drawn() -> None:
    """A bot that does one thing only has a graph too."""
    assert "only" in boxes(as_svg([(["only (a.py:1)"], 3)]))


def test_what_is_too_narrow_to_be_seen_is_left_out() -> None:
    """And with it all that stands on it."""
    stacks = [(["wide (a.py:1)"], 100_000), (["thin (a.py:2)", "thinner (a.py:3)"], 1)]
    assert "thin" not in boxes(as_svg(stacks))


def test_stacks_are_read_without_the_process_that_they_ran_in(tmp_path: Path) -> None:
    """A name may hold blanks; a line without a number is none."""
    file = tmp_path / "stacks"
    file.write_text('process 1:"python x";main (a b.py:1);work (b.py:2) 12\n\nodd line\n', "utf-8")
    assert read_stacks(file) == [(["main (a b.py:1)", "work (b.py:2)"], 12)]


async def test_what_cannot_be_sampled_is_said(tmp_path: Path) -> None:
    """No such process: a reason, and no drawing."""
    name, why = await draw_flames(2**22 + 1, 1, tmp_path / "flames")
    assert name == ""
    assert why


async def test_this_process_can_be_drawn(tmp_path: Path) -> None:
    """A drawing that is whole XML, or the reason why there is none."""
    name, why = await draw_flames(os.getpid(), 1, tmp_path / "flames")
    assert bool(name) is not bool(why)
    if name:
        assert ET.fromstring((tmp_path / name).read_text("utf-8")) is not None  # noqa: S314
