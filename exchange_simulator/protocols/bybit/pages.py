"""Pagination and time windows: opaque cursors, limits, and windows of at most seven days."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote, unquote

from exchange_simulator.protocols.bybit.wire import ApiError, Params

__all__ = ["DAY_MS", "page", "window"]

DAY_MS = 86_400_000
_WEEK_MS = 7 * DAY_MS
_Row = TypeVar("_Row")


def page(
    rows: Sequence[_Row], params: Params, *, default: int, most: int, name: Callable[[_Row], str]
) -> tuple[list[_Row], str]:
    """Return one page of rows and the cursor of the next, "" at the end.

    The cursor names the last row served, so rows that arrive in between shift nothing. It also
    says how many rows stood before and behind, for when that row has gone: the listing then goes
    on where nothing can be missed, though a row may be served twice.

    Raises:
        ApiError: the cursor or the limit is invalid.
    """
    limit = min(params.integer("limit", default, least=1), most)
    cursor = unquote(unquote(params.text("cursor")))
    start = 0
    if cursor:
        if not cursor.startswith("after=") or not cursor.endswith("&"):
            raise ApiError(10001, "params error: cursor invalid")
        start = _resume(rows, cursor, name)
    chosen = list(rows[start : start + limit])
    behind = len(rows) - start - limit
    if behind <= 0:
        return chosen, ""
    return chosen, quote(f"after={name(chosen[-1])},{start + limit},{behind}&", safe="")


def _resume(rows: Sequence[_Row], cursor: str, name: Callable[[_Row], str]) -> int:
    """Return the index of the row to go on with."""
    parts = cursor[len("after=") : -1].rsplit(",", 2)
    last, before, behind = parts if len(parts) == 3 else ("", "", "")
    if not (before.isascii() and before.isdigit() and behind.isascii() and behind.isdigit()):
        raise ApiError(10001, "params error: cursor invalid")
    for index, row in enumerate(rows):
        if name(row) == last:
            return index + 1
    return max(0, min(int(before[:9]), len(rows) - int(behind[:9])))


def window(params: Params, now_ms: int, *, span_ms: int = _WEEK_MS) -> tuple[int, int]:
    """Return the time window asked for; by default the last `span_ms`.

    Raises:
        ApiError: the window is backwards or longer than seven days.
    """
    start = params.integer("startTime", -1)
    end = params.integer("endTime", -1)
    if start < 0 and end < 0:
        return now_ms - span_ms, now_ms
    if start < 0:
        return end - span_ms, end
    if end < 0:
        return start, start + span_ms
    if start > end:
        raise ApiError(10001, "startTime should be less than endTime")
    if end - start > _WEEK_MS:
        raise ApiError(10001, "The time range between startTime and endTime cannot exceed 7 days")
    return start, end
