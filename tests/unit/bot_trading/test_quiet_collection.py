"""When the collector walks the heap."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bot_trading import quiet_collection
from bot_trading.quiet_collection import collect_when_quiet, settle


class _Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_settling_frees_cycles_and_keeps_the_rest_out_of_later_walks() -> None:
    """A cycle that nobody holds is freed, and what lives is frozen."""
    lost = weakref.ref(_Knot())
    settle()
    assert lost() is None
    assert gc.get_freeze_count() > 0


def test_old_objects_are_not_walked_by_themselves() -> None:
    """Only a quiet moment begins a full walk: the third threshold is out of reach."""
    settle()
    assert gc.get_threshold()[2] >= 1_000_000


async def _collect_for(seconds: float, is_busy: list[bool]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await collect_when_quiet(lambda: is_busy[0], every_s=0.001)


async def test_nothing_is_collected_while_something_is_under_way() -> None:
    """An order in the middle of its way is not interrupted."""
    settle()
    lost = weakref.ref(_Knot())
    await _collect_for(0.1, [True])
    assert lost() is not None


async def test_it_collects_in_the_first_quiet_moment() -> None:
    """What waited is freed as soon as nothing is under way."""
    settle()
    lost = weakref.ref(_Knot())
    await _collect_for(0.2, [False])
    assert lost() is None


async def test_now_and_then_the_old_are_walked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What became a cycle after it was kept is freed within an hour."""
    knot = [_Knot()]
    settle()
    lost = weakref.ref(knot[0])
    knot.clear()
    settle()
    assert lost() is not None
    monkeypatch.setattr(quiet_collection, "_WALKS_OF_ALL", 2)
    await _collect_for(0.5, [False])
    assert lost() is None
