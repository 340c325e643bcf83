"""Cached kernels never outlive a change, and a place that cannot be written stops nobody."""

from __future__ import annotations

import types

import numpy as np
import pytest
from numba.core import caching

from bot_trading.features import compiled

pytestmark = pytest.mark.timeout(600)


def _make_double(fingerprint: int):  # type: ignore[no-untyped-def]
    def double(value: float) -> float:
        _ = fingerprint
        return 2 * value

    return double


def test_without_a_writable_place_each_process_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba finds nowhere to cache, as in a read-only container, the kernel still works."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [], raising=False)
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [], raising=False)
    assert compiled.entry(_make_double)(21.0) == 42.0


def test_an_entry_closes_over_the_fingerprint() -> None:
    """The fingerprint stands in a closure, which is part of the cache's key."""
    from bot_trading.features.kernel import advance

    cells = advance.py_func.__closure__  # type: ignore[attr-defined]
    assert [cell.cell_contents for cell in cells] == [compiled.fingerprint()]


def test_an_entry_that_calls_another_has_its_code_in_the_key() -> None:
    """A change of the kernel alone also ends the cache of the stream that calls it."""
    from bot_trading.features.kernel import advance
    from bot_trading.features.stream import _take_in

    cells = _take_in.py_func.__closure__  # type: ignore[attr-defined]
    kernel = advance.py_func  # type: ignore[attr-defined]
    assert [cell.cell_contents for cell in cells] == [compiled.fingerprint(kernel)]
    assert compiled.fingerprint(kernel) != compiled.fingerprint()


@pytest.mark.parametrize("change", ["code", "number", "table"])
def test_the_fingerprint_sees_each_change(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other code, another frozen number and another frozen table give other fingerprints."""

    def build(source: str, **frozen: object) -> int:
        space: dict[str, object] = {"__name__": "somewhere", **frozen}
        exec(source, space)  # noqa: S102 (our own lines)
        function = space["f"]
        assert isinstance(function, types.FunctionType)
        monkeypatch.setattr(compiled, "_INNER", [function])
        return compiled.fingerprint()

    plain, table = "def f(x):\n    return x * N + T[0]\n", np.array([1.0, 2.0])
    first = build(plain, N=2, T=table)
    assert build(plain, N=2, T=table.copy()) == first
    others = {
        "code": build(plain.replace("*", "-"), N=2, T=table),
        "number": build(plain, N=3, T=table),
        "table": build(plain, N=2, T=table + 1),
    }
    assert others[change] != first
