"""The cut-over in its two forms: drain v2's account and switch it, or start v3 on a second one.

Exchanges refuse hedge mode while positions or orders exist, and a position of v2 is not a leg. So
either v2's account is drained reduce-only and then switched, or v3 begins on a sub-account of its
own. In both forms v2's writes are frozen, the rest is copied and everything is verified before
anything is switched; a step that was done is found done when the command is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import psycopg

from migration.bybit import Account, AnswerLost
from migration.databases import Connection, blame, connect_source
from migration.draining import Holdings, drain, look
from migration.errors import MigrationError, SourceChanged
from migration.ledger import exists, note_step
from migration.run import BATCH_ROWS, Sides, catch_up_once, copy_all
from migration.sql_text import qualified
from migration.verify import verify

__all__ = ["CutOver", "cut_over_drained", "cut_over_second_account", "frozen", "switch_back"]

Report = Callable[[str], None]
LOCK_TIMEOUT = "10s"
DRAIN_DEADLINE_S = 120.0
OTHER_SESSIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND application_name <> 'bot_trading migration' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOver:
    """What was done: rows that the last round caught up, and what v2 still holds elsewhere."""

    form: str
    rows_caught_up: int
    left_with_v2: Holdings
    symbols: tuple[str, ...]


def cut_over_drained(
    sides: Sides,
    source_url: str,
    account: Account,
    *,
    symbols: tuple[str, ...],
    report: Report,
    deadline_s: float = DRAIN_DEADLINE_S,
) -> CutOver:
    """Drain v2's account, copy the rest, verify, and switch the account to hedge mode.

    v2 must have been stopped: a bot that goes on would open again what is closed here. Raises
    MigrationError; before the switch everything can go on as it was, and the step is told.
    """
    _demand_begun(sides)
    _demand_v2_stopped(sides)
    drained = drain(account, name="cutover", deadline_s=deadline_s, report=report)
    _note(sides, "drained", asdict(drained))
    report(f"flat: {drained.closes_sent} closes, {drained.cancels_sent} cancels")
    with frozen(sides, source_url):
        rows = _move_the_rest(sides, report)
        held = look(account)
        if not held.is_flat:
            raise MigrationError(
                "the account is not flat any more: somebody trades on it; stop that, then give the"
                " same command again"
            )
        _switch(account, symbols, hedge=True)
        _note(sides, "switched", {"form": "drain", "symbols": symbols, "legs": []})
    report("the account is in hedge mode: v3 may start, v2 must not")
    return CutOver(form="drain", rows_caught_up=rows, left_with_v2=held, symbols=symbols)


def cut_over_second_account(
    sides: Sides,
    source_url: str,
    v2_account: Account,
    v3_account: Account,
    *,
    symbols: tuple[str, ...],
    report: Report,
) -> CutOver:
    """Copy the rest, verify, and give v3 a second account in hedge mode; v2 keeps its own.

    What v2 still holds stays with v2 until it has closed it, and never becomes a leg of v3. Raises
    MigrationError when both keys are of one account, or when the second one is in use.
    """
    _demand_begun(sides)
    first, second = v2_account.user_id(), v3_account.user_id()
    if first == second:
        raise MigrationError(
            f"both keys belong to account {first}: give the key of a second sub-account for v3"
        )
    if not look(v3_account).is_flat:
        raise MigrationError(
            "v3's account holds positions or orders already: give an account that nobody uses"
        )
    with frozen(sides, source_url):
        rows = _move_the_rest(sides, report)
        _switch(v3_account, symbols, hedge=True)
        left = look(v2_account)
        detail = {"form": "second-account", "symbols": symbols, "left_with_v2": asdict(left)}
        _note(sides, "switched", detail)
    report(
        "v3's account is in hedge mode: v3 may start there; v2 keeps"
        f" {len(left.positions)} positions and {len(left.orders)} orders until it has closed them"
    )
    return CutOver(form="second-account", rows_caught_up=rows, left_with_v2=left, symbols=symbols)


def switch_back(account: Account, *, symbols: tuple[str, ...]) -> None:
    """Take the switch back: one-way mode again, once the account is flat."""
    held = look(account)
    if not held.is_flat:
        raise MigrationError(
            f"{len(held.positions)} legs and {len(held.orders)} orders are open: the exchange"
            " refuses another mode until v3 has closed them; close them (kill switch with --close),"
            " then give the same command again"
        )
    _switch(account, symbols, hedge=False)


@contextmanager
def frozen(sides: Sides, source_url: str) -> Iterator[None]:
    """No row of v2 can change within this block, and nothing is written to v2 for it.

    A lock that lets everyone read and nobody write is held by a read-only transaction of its own;
    it ends with the block, or with this process.
    """
    with connect_source(source_url) as guard:
        tables = ", ".join(
            qualified(sides.mapping.source.schema, table) for table in sides.mapping.source.tables
        )
        with blame("source"):
            _lock(guard, tables)
        yield
        with blame("source"):
            guard.rollback()


def _lock(guard: Connection, tables: str) -> None:
    guard.execute("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    try:
        guard.execute(f"LOCK TABLE {tables} IN SHARE MODE")
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(
            f"v2 could not be frozen within {LOCK_TIMEOUT}: a transaction there writes and does not"
            " end; stop v2, then give the same command again"
        ) from error


def _move_the_rest(sides: Sides, report: Report) -> int:
    """Copy and catch up what is left, and demand that everything is accounted for."""
    copy_all(sides, batch_rows=BATCH_ROWS, advance=lambda _name, _copied, _kept: None)
    rows = catch_up_once(sides, batch_rows=BATCH_ROWS)
    report(f"caught up {rows:,} rows")
    found = verify(sides)
    if not found.holds:
        raise SourceChanged(
            "not every row is accounted for: nothing was switched; look at what verify says"
        )
    report("every row and every sum is accounted for")
    return rows


def _demand_begun(sides: Sides) -> None:
    with blame("target"):
        begun = exists(sides.target, sides.mapping)
        sides.target.rollback()
    if not begun:
        raise MigrationError(
            "nothing was copied yet: give run first, so that the cut-over has only the rest to copy"
        )


def _demand_v2_stopped(sides: Sides) -> None:
    with blame("source"):
        row = sides.source.execute(OTHER_SESSIONS).fetchone()
        sides.source.rollback()
    if row and row[0]:
        raise MigrationError(
            f"{row[0]} other sessions use v2's database: stop v2 first, or it opens again what the"
            " drain closes"
        )


def _switch(account: Account, symbols: tuple[str, ...], *, hedge: bool) -> None:
    """Switch, and believe only what the exchange lists afterwards."""
    with suppress(AnswerLost):  # Whether it arrived is seen below.
        account.switch(hedge=hedge)
    try:
        others = [symbol for symbol in symbols if account.is_hedged(symbol) is not hedge]
    except AnswerLost as error:
        raise MigrationError(
            f"the exchange did not say which mode the account is in ({error}): give the same"
            " command again"
        ) from error
    if others:
        raise MigrationError(
            f"the exchange still lists {', '.join(others)} in the other mode: give the same command"
            " again, or switch by hand"
        )


def _note(sides: Sides, what: str, detail: Mapping[str, object]) -> None:
    with blame("target"):
        note_step(sides.target, sides.mapping, what, detail)
        sides.target.commit()
