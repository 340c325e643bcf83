"""How kernels are compiled: division as IEEE has it, sums over windows in any order, cached.

numba looks at the time stamp of one file only, so a cached kernel would outlive a change in a file
that it calls. `entry` therefore puts a fingerprint of every inner function, and of the constants
that it froze, into the key of the cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config

__all__ = ["entry", "fingerprint", "inner", "reduction"]

# LLVM then works on four running extremes in one instruction; it changes no result.
setattr(config, "SLP_VECTORIZE", 1)  # noqa: B010 (numba fills this module while it starts)

Function = TypeVar("Function", bound=Callable[..., Any])

_INNER: list[FunctionType] = []


def inner(function: Function) -> Function:
    """Compile a function that only other compiled functions call; Python calls its `py_func`."""
    return _compiled(function, frozenset())


def reduction(function: Function) -> Function:
    """Compile a plain sum over a window, whose terms may be added in any order.

    The processor then adds many at once. Batch and stream run the same instructions and give the
    same bits; processors with wider registers may differ from others in the sixteenth digit.
    Nothing else of fast-math is allowed: NaN stays NaN, and nothing is divided by inverses.
    """
    return _compiled(function, frozenset({"reassoc"}))


def _compiled(function: Function, freedoms: frozenset[str]) -> Function:
    _INNER.append(cast(FunctionType, function))
    # Without the doors for Python and C there is a fifth less to compile.
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    fastmath: Any = set(freedoms) or False
    return cast(Function, numba.njit(error_model="numpy", fastmath=fastmath, **options)(function))


def entry(make: Callable[[int], Function], *calls: Callable[..., Any]) -> Function:
    """Compile the function that `make` returns, and keep it on disk where a place is writable.

    `make` receives the fingerprint and must close over it; `calls` are the entries that the
    function itself calls, whose code is a part of it too. The place is NUMBA_CACHE_DIR, else beside
    the source, else the user's own cache; where none can be written, as in a read-only container,
    each process compiles for itself.
    """
    # Where numba is told not to compile, it gives the function itself back.
    called = (cast(FunctionType, getattr(each, "py_func", each)) for each in calls)
    function = make(fingerprint(*called))
    try:
        return cast(Function, numba.njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # numba found no writable place; compiling again is slower, not wrong.
        return cast(Function, numba.njit(error_model="numpy")(function))


def fingerprint(*others: FunctionType) -> int:
    """Sixty bits over the code of all inner functions and `others`, and the constants that they
    froze."""
    digest = hashlib.sha256()
    for function in sorted((*_INNER, *others), key=_full_name):  # Whoever imported what first.
        code = function.__code__
        digest.update(code.co_code)
        digest.update(repr(_plain(code)).encode())
        for name in code.co_names:
            digest.update(_constant(function.__globals__.get(name)))
    return int(digest.hexdigest()[:15], 16)


def _full_name(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _plain(code: CodeType) -> tuple[object, ...]:
    """Names and constants of a function, without its docstring."""
    return code.co_name, code.co_names, code.co_varnames, code.co_consts[1:]


def _constant(value: object) -> bytes:
    """What a global contributes: numbers and tables do, modules and functions do not."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return repr(value).encode() if isinstance(value, int | float | tuple) else b""
