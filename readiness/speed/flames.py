"""Flame graphs of a running bot: its stacks are sampled from outside by py-spy, and drawn.

The bot is not changed, and every Python program can be looked at; for others there is no graph,
with the reason. Only a thread that holds the interpreter is sampled: waiting is no work, and what
is done outside of Python is not seen.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from readiness.processes import DeadlinePassed, run_program

__all__ = ["as_svg", "draw_flames", "read_stacks"]

RATE_HZ = 200
PATIENCE_S = 60.0  # Beyond the time of sampling: symbols of a large program are read first.
WIDTH, ROW, LETTER = 1200.0, 17, 6.6  # Of the drawing, of one frame, of one letter; pixels.
NARROWEST = 0.6  # Pixels; a narrower frame is left out, with all that stands on it.
SHARED_RATIO = 0.98  # Frames below which nearly everything runs say nothing.


@dataclass(slots=True)
class _Frame:
    """A function in its place, how many samples it was in, and what it called."""

    name: str
    samples: int = 0
    called: dict[str, _Frame] = field(default_factory=dict)

    def add(self, names: list[str], samples: int) -> None:
        """One stack, from the outermost function on."""
        self.samples += samples
        frame = self
        for name in names:
            frame = frame.called.setdefault(name, _Frame(name))
            frame.samples += samples


async def draw_flames(pid: int, seconds: int, place: Path) -> tuple[str, str]:
    """Sample a process and its children for so long; the file's name, or why there is none."""
    sampler = shutil.which("py-spy", path=Path(sys.executable).parent) or shutil.which("py-spy")
    if sampler is None:
        return "", "py-spy is not installed; set the environment up again"
    raw = place.with_suffix(".stacks.txt")
    try:
        ended = await run_program(
            (
                *(sampler, "record", "--pid", str(pid), "--subprocesses", "--function", "--gil"),
                *("--duration", str(seconds), "--rate", str(RATE_HZ)),
                *("--format", "raw", "--output", str(raw)),
            ),
            folder=place.parent,
            log=place.with_suffix(".log"),
            deadline_s=seconds + PATIENCE_S,
        )
        stacks = await asyncio.to_thread(read_stacks, raw)
    except (DeadlinePassed, OSError) as error:
        said = await asyncio.to_thread(_said, place.with_suffix(".log"))
        return "", f"its stacks could not be sampled: {said or error}"
    if not stacks:
        return "", f"its stacks held nothing (py-spy ended with {ended.exit_code})"
    drawing = place.with_suffix(".svg")
    await asyncio.to_thread(drawing.write_text, as_svg(stacks), "utf-8")
    return drawing.name, ""


def read_stacks(file: Path) -> list[tuple[list[str], int]]:
    """Stacks, outermost function first, and in how many samples each was; raises OSError."""
    found = []
    for line in file.read_text("utf-8", "replace").splitlines():
        stack, _, count = line.rpartition(" ")
        if stack and count.isdigit():
            names = [name for name in stack.split(";") if not name.startswith("process ")]
            found.append((names, int(count)))
    return found


def as_svg(stacks: list[tuple[list[str], int]]) -> str:
    """The flame graph: width is time, what is called stands on its caller; it needs no script."""
    root = _Frame("all")
    for names, samples in stacks:
        root.add(names, samples)
    root = _without_shared(root)
    boxes = list(_boxes(root, 0.0, 0, WIDTH / root.samples))
    height = (max(depth for depth, *_ in boxes) + 1) * ROW
    drawn = "".join(_box(*box, height=height, total=root.samples) for box in boxes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height}" '
        f'font-family="monospace" font-size="11" role="img">{drawn}</svg>'
    )


def _without_shared(root: _Frame) -> _Frame:
    """From the last frame on in which nearly all samples are: below it stands only the loop."""
    while root.called:
        widest = max(root.called.values(), key=lambda frame: frame.samples)
        if widest.samples < root.samples * SHARED_RATIO or not widest.called:
            break
        root = widest
    return root


def _boxes(
    frame: _Frame, left: float, depth: int, scale: float
) -> Iterator[tuple[int, float, float, _Frame]]:
    width = frame.samples * scale
    if width < NARROWEST:
        return
    yield depth, left, width, frame
    for called in sorted(frame.called.values(), key=lambda one: one.name):
        yield from _boxes(called, left, depth + 1, scale)
        left += called.samples * scale


def _box(depth: int, left: float, width: float, frame: _Frame, *, height: int, total: int) -> str:
    top = height - (depth + 1) * ROW
    letters = int(width / LETTER) - 1
    shown = frame.name if len(frame.name) <= letters else frame.name[: max(0, letters - 1)] + "…"
    text = f'<text x="{left + 3:.1f}" y="{top + 12}">{escape(shown)}</text>'
    told = f"{frame.name}: {frame.samples / total:.1%} of {total} samples"
    return (
        f"<g><title>{escape(told)}</title>"
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" '
        f'fill="{_colour(frame.name)}"/>{text if letters > 2 else ""}</g>'
    )


def _colour(name: str) -> str:
    """A warm colour, the same for every function of one file."""
    _, _, file = name.rpartition("(")
    shade = hashlib.blake2b(file.partition(":")[0].encode(), digest_size=2).digest()
    return f"hsl({10 + shade[0] * 45 // 255} 85% {62 + shade[1] * 14 // 255}%)"


def _said(log: Path) -> str:
    """What py-spy said at last."""
    try:
        return log.read_text("utf-8", "replace").strip().splitlines()[-1]
    except (OSError, IndexError):
        return ""
