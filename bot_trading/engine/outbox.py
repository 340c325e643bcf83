"""Written before sent: rows are committed first, and what is sent follows its commit.

While the store is down entries are given back unsent, exits go out at once (their derived ids make
them recognisable after a crash), and every row waits in memory for the store to return.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    AmendOrder,
    Announce,
    CancelOrder,
    Command,
    HaltTrading,
    Record,
    RowRefused,
    SetLegProtection,
    StoreDown,
    StoreUp,
    SubmitOrder,
)
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import OrderRejected
from bot_trading.errors import AccountLocked, StoreError, StoreUnavailable
from bot_trading.ports import Publish, Store

__all__ = ["Outbox"]

_RETRY_FIRST_S = 0.1
_RETRY_MAX_S = 2.0

Send = SubmitOrder | AmendOrder | CancelOrder | SetLegProtection
_SENDS = (SubmitOrder, AmendOrder, CancelOrder, SetLegProtection)


_OF_A_LEG = (Fill, FundingPayment, PositionLeg)
# What a later commit may well take: nothing is wrong with the rows.
_LATER = (StoreUnavailable, AccountLocked)


@dataclass(slots=True)
class _Turn:
    """What one step decided: rows to keep, sends that wait for them, and whether none was refused.

    Rows leave it once they are settled, so that none is refused twice.
    """

    records: list[Record]
    sends: list[Send]
    is_whole: bool = True


def _first_part(records: list[Record]) -> list[Record]:
    """The first row, with the leg that it changed: fact and leg are stored both or neither."""
    first = records[0].row
    if isinstance(first, Fill | FundingPayment) and len(records) > 1:
        after = records[1].row
        if isinstance(after, PositionLeg) and after.leg_id == first.leg_id:
            return records[:2]
    return records[:1]


class Outbox:
    """Carries out the commands of each turn in order. Owned by the engine's loop."""

    def __init__(
        self,
        store: Store,
        publish: Publish,
        carry_out: Callable[[Command], None],
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._publish = publish
        self._carry_out = carry_out
        self._clock = clock
        self._turns: deque[_Turn] = deque()
        self._wake = asyncio.Event()
        self._is_store_up = True
        self._frozen: set[LegId] = set()

    @property
    def waiting(self) -> int:
        """Turns whose rows are not committed yet."""
        return len(self._turns)

    def unwritten(self) -> Counter[str]:
        """How many rows of each kind are not committed yet, by the name of the kind."""
        return Counter(type(record.row).__name__ for turn in self._turns for record in turn.records)

    def put(self, commands: Sequence[Command]) -> None:
        """Take over what one step decided; reads are carried out at once.

        What is only said is said in the loop's next round, while the database works on the rows:
        a line of a log takes longer than a whole turn.
        """
        records: list[Record] = []
        sends: list[Send] = []
        words: list[Announce] = []
        for command in commands:
            if isinstance(command, Record):
                records.append(command)
            elif isinstance(command, _SENDS):
                sends.append(command)
            elif isinstance(command, Announce):
                words.append(command)
            else:
                self._carry_out(command)
        self._file(records, sends)
        if words:
            asyncio.get_running_loop().call_soon(self._say, words)

    def _say(self, words: list[Announce]) -> None:
        for announcement in words:
            self._carry_out(announcement)

    def _file(self, records: list[Record], sends: list[Send]) -> None:
        if not records and not sends:
            return
        if not self._is_store_up:
            self._send_without_store(sends)
            sends = []
        self._turns.append(_Turn(records, sends))
        self._wake.set()

    async def run(self) -> None:
        """Commit and send until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._turns:
                await self._commit_waiting()
            self._store_is_back()

    async def _commit_waiting(self) -> None:
        """One transaction for all turns that wait, then their sends in order."""
        batch = list(self._turns)
        records = self._rows_of(batch)
        try:
            if records:
                await self._store.commit(records)
        except _LATER as error:
            await self._wait_for_store(batch, error)
            return
        except StoreError as error:
            self._halt(str(error))
            await self._commit_one_by_one(len(batch))
            return
        for _ in batch:
            self._finish(self._turns.popleft())

    async def _wait_for_store(self, batch: list[_Turn], error: StoreError) -> None:
        """Give entries back, let exits go, then try again until the rows are in.

        Turns that came while the commit was failing are part of the outage. A lock that another
        core holds halts as well, since two may trade now; the rows wait until it is ours again.
        """
        if self._is_store_up:
            self._is_store_up = False
            self._publish(StoreDown(reason=str(error), ts_init_us=self._clock()))
        is_locked = self._halt_if_locked(error, is_locked=False)
        for turn in self._turns:
            self._send_without_store(turn.sends)
            turn.sends.clear()
        delay_s = _RETRY_FIRST_S
        while True:
            await asyncio.sleep(delay_s)
            try:
                await self._store.commit(self._rows_of(batch))
            except _LATER as later:
                is_locked = self._halt_if_locked(later, is_locked=is_locked)
                delay_s = min(delay_s * 2, _RETRY_MAX_S)
                continue
            except StoreError as error:
                self._halt(str(error))
                await self._commit_one_by_one(len(batch))
                return
            for _ in batch:
                self._turns.popleft()
            return

    async def _commit_one_by_one(self, turns: int) -> None:
        """A row was refused: keep every other one, and open nothing in the turn that lost one."""
        for _ in range(turns):
            turn = self._turns[0]
            try:
                await self._keep_what_is_taken(turn)
            except _LATER:
                return
            self._finish(self._turns.popleft())

    async def _keep_what_is_taken(self, turn: _Turn) -> None:
        """The turn as one transaction, or else its rows in their order, each refusal said once."""
        try:
            await self._store.commit(self._writable(turn.records))
        except _LATER:
            raise
        except StoreError:
            while turn.records:
                part = _first_part(turn.records)
                await self._commit_part(turn, part)
                del turn.records[: len(part)]

    async def _commit_part(self, turn: _Turn, part: list[Record]) -> None:
        rows = self._writable(part)
        try:
            if rows:
                await self._store.commit(rows)
        except _LATER:
            raise
        except StoreError as error:
            turn.is_whole = False
            self._halt(str(error))
            for record in rows:
                row = record.row
                if isinstance(row, _OF_A_LEG):
                    self._frozen.add(row.leg_id)
            what = " and ".join(type(record.row).__name__ for record in rows)
            self._publish(RowRefused(what=what, why=str(error), ts_init_us=self._clock()))

    def _writable(self, records: list[Record]) -> list[Record]:
        """`records` without what is stored no more of legs that lost a row.

        A leg that holds a fill whose row is missing would get it twice at the next start. It stays
        as it was stored last instead, and the start reads what came since from the exchange.
        """
        if not self._frozen:
            return records
        return [
            record
            for record in records
            if not (isinstance(record.row, _OF_A_LEG) and record.row.leg_id in self._frozen)
        ]

    def _finish(self, turn: _Turn) -> None:
        """Send what waited for the rows; what opens only when all of them are in."""
        if not turn.is_whole:
            self._send_without_store(turn.sends)
            return
        for send in turn.sends:
            self._carry_out(send)

    def _rows_of(self, batch: list[_Turn]) -> list[Record]:
        return self._writable([record for turn in batch for record in turn.records])

    def _store_is_back(self) -> None:
        if not self._is_store_up:
            self._is_store_up = True
            self._publish(StoreUp(ts_init_us=self._clock()))

    def _send_without_store(self, sends: list[Send]) -> None:
        """Exits and protection go out; an entry is answered as never sent, which is true."""
        for send in sends:
            if isinstance(send, SubmitOrder) and not send.approved.intent.reduce_only:
                refusal = OrderRejected(
                    client_order_id=send.approved.intent.client_order_id,
                    code="not sent",
                    reason="the database takes no writes",
                    ts_init_us=self._clock(),
                )
                self._publish(refusal)
            else:
                self._carry_out(send)

    def _halt_if_locked(self, error: StoreError, *, is_locked: bool) -> bool:
        """Halt when another core is first seen to hold the account; whether one does now."""
        if not isinstance(error, AccountLocked):
            return False
        if not is_locked:
            self._halt(str(error))
        return True

    def _halt(self, reason: str) -> None:
        self._publish(HaltTrading(who="store", why=reason, ts_init_us=self._clock()))
