"""The rules, grouped by theme; each file has one `check`."""

from __future__ import annotations

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.rules import (
    backoff,
    blocking,
    callbacks,
    cancellation,
    classes,
    configuration,
    coroutines,
    deadlines,
    event_times,
    feeds,
    guessed_leg,
    hedge,
    inputs,
    iteration,
    leakage,
    learning,
    locking,
    market_fallback,
    messages,
    mixed_sides,
    money,
    moved_stop,
    order_path,
    queues,
    races,
    rebuilt,
    replies,
    retries,
    rounding,
    serving,
    side_conversions,
    socket_apps,
    subscriptions,
    tasks,
    thread_locks,
    twins,
    typed_sides,
    unanswered,
    unknowns,
    waiting,
)
from readiness.codelint.schema import rules as schema_rules
from readiness.codelint.summaries import Summary

__all__ = ["run"]

_PLAIN = (
    coroutines.check,
    callbacks.check,
    rebuilt.check,
    tasks.check,
    cancellation.check,
    thread_locks.check,
    waiting.check,
    queues.check,
    iteration.check,
    deadlines.check,
    replies.check,
    retries.check,
    unanswered.check,
    hedge.check,
    guessed_leg.check,
    mixed_sides.check,
    side_conversions.check,
    typed_sides.check,
    order_path.check,
    moved_stop.check,
    market_fallback.check,
    unknowns.check,
    event_times.check,
    money.check,
    rounding.check,
    feeds.check,
    socket_apps.check,
    backoff.check,
    subscriptions.check,
    messages.check,
    classes.check,
    schema_rules.check,
    learning.check,
    leakage.check,
    inputs.check,
    twins.check,
    serving.check,
    configuration.check,
)


def run(context: Context, summaries: dict[Function, Summary]) -> None:
    """Run every rule; findings are collected in the context."""
    for check in (blocking.check, locking.check, races.check):
        check(context, summaries)
    for plain in _PLAIN:
        plain(context)
