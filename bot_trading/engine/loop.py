"""The shell around the step: one queue in, commands out, and the only supervisor of the bot.

A turn never awaits: it calls `step` and hands the commands to the outbox. Answers come back as
events. Whatever goes wrong in a turn or a task is reported and halts new risk; protection stays.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId
from bot_trading.domain.market import Candle
from bot_trading.domain.messages import (
    AmendAnswered,
    AmendOrder,
    Announce,
    CancelOrder,
    CloseLeg,
    Command,
    Event,
    HaltTrading,
    LoadCandles,
    QueryOrder,
    ReadFailed,
    Record,
    ResumeTrading,
    SetLegProtection,
    SignalDecided,
    SignalReceived,
    Stopping,
    StoreDown,
    StoreUp,
    StreamDown,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
)
from bot_trading.domain.reports import (
    CandleClosed,
    CandleHistory,
    FillReport,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
)
from bot_trading.engine.book_reader import BookReader, Estimator
from bot_trading.engine.outbox import Outbox
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from bot_trading.errors import ExchangeError
from bot_trading.log import get_logger
from bot_trading.ports import ExchangeClient, SignalSource, Store

__all__ = ["EngineLoop"]

# Ups travel with their downs: one that was overtaken by a later down would be believed last.
_URGENT = (
    FillReport,
    OrderReport,
    HaltTrading,
    ResumeTrading,
    CloseLeg,
    StoreDown,
    StoreUp,
    StreamDown,
    StreamUp,
)
_TURNS_BEFORE_YIELD = 64
_TICK_S = 0.25
_SOURCE_AGAIN_S = 30.0
_SETTLE_STEP_S = 0.01

log = get_logger(__name__)


class EngineLoop:
    """Runs one account's core over its clients and its store."""

    def __init__(
        self,
        state: EngineState,
        store: Store,
        clients: Mapping[str, ExchangeClient],
        on_command: Callable[[Announce | SignalDecided], None],
        clock: Callable[[], int] = now_us,
        signals: SignalSource | None = None,
        late: Mapping[str, Callable[[], Awaitable[None]]] = MappingProxyType({}),
        estimate: Estimator | None = None,
    ) -> None:
        """`late` opens by name what could not be opened at the start; it is listened to then.
        `estimate` finds what moves together, for risk."""
        self.state = state
        self._late = late
        self._book = BookReader(state, clients, self.publish, clock, estimate)
        self._clients = clients
        self._on_command = on_command
        self._source = signals
        self._source_due = 0.0
        self._clock = clock
        self._urgent: deque[Event] = deque()
        self._normal: deque[Event] = deque()
        self._signals: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._outbox = Outbox(store, self.publish, self._carry_out, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_protection: dict[LegId, asyncio.Task[None]] = {}
        self._sends: dict[str, asyncio.Task[None]] = {}
        self._runners: list[asyncio.Task[None]] = []
        self.turns = 0

    @property
    def queued(self) -> int:
        """Events that wait for their turn."""
        return len(self._urgent) + len(self._normal) + len(self._signals)

    @property
    def is_busy(self) -> bool:
        """True while an event, a send or a row is under way."""
        return bool(self.queued or self._tasks or self._outbox.waiting)

    def publish(self, event: Event) -> None:
        """Queue an event; fills, reports and people overtake the market, signals come last."""
        if isinstance(event, _URGENT):
            self._urgent.append(event)
        elif isinstance(event, SignalReceived):
            self._signals.append(event)
        else:
            self._normal.append(event)
        self._wake.set()

    def start(self) -> None:
        """Begin to take turns, to commit, to tick and to listen to every exchange."""
        config = self.state.config
        runners: list[Coroutine[Any, Any, None]] = [self._take_turns(), self._outbox.run()]
        runners += [self._tick(), self._book.run()]
        for name, client in self._clients.items():
            symbols = [each.symbol for each in config.instrument_ids if each.exchange == name]
            self.state.exchange_health(name)
            runners.append(self._listen(name, client, symbols))
        self._runners = [asyncio.create_task(each) for each in runners]

    async def _listen(self, name: str, client: ExchangeClient, symbols: Sequence[str]) -> None:
        open_late = self._late.get(name)
        if open_late is not None:
            await open_late()
        await client.run_streams(symbols, self.state.config.candle_interval_s, self.publish)

    async def wait(self) -> None:
        """Until one of the runners ends, which none does by itself; raises what ended it."""
        done, _ = await asyncio.wait(self._runners, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self, timeout_s: float = 5.0) -> bool:
        """Take back entries that rest, write everything down, end; False when time ran out."""
        self.publish(Stopping(ts_init_us=self._clock()))
        is_clean = await self._settle(timeout_s)
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        return is_clean

    async def _settle(self, timeout_s: float) -> bool:
        """Until nothing is under way."""
        for _ in range(int(timeout_s / _SETTLE_STEP_S)):
            await asyncio.sleep(_SETTLE_STEP_S)
            if not self.is_busy:
                return True
        left = self._outbox.unwritten()
        if left:
            rows = ", ".join(f"{count} {kind}" for kind, count in sorted(left.items()))
            log.error("the bot ends with rows that are not written", rows=rows)
        return False

    async def _take_turns(self) -> None:
        in_a_row = 0
        while True:
            event = self._next()
            if event is None:
                self._wake.clear()
                await self._wake.wait()
                in_a_row = 0
                continue
            self._turn(event)
            self.turns += 1
            in_a_row += 1
            if in_a_row == _TURNS_BEFORE_YIELD:
                in_a_row = 0
                await asyncio.sleep(0)

    def _next(self) -> Event | None:
        for queue in (self._urgent, self._normal, self._signals):
            if queue:
                return queue.popleft()
        return None

    def _turn(self, event: Event) -> None:
        commands: list[Command] = []
        try:
            step(self.state, event, commands)
        # The supervisor: a core that raised may be wrong about anything, so it takes no new risk
        # until a person looked; if it cannot even halt, the process ends.
        except Exception as error:
            if isinstance(event, HaltTrading):
                raise
            log.exception("turn failed", event_type=type(event).__name__)
            why = f"{type(error).__name__} while handling {type(event).__name__}: {error}"
            self.publish(HaltTrading(who="core", why=why, ts_init_us=self._clock()))
            # The state moved as far as these rows say; they are kept, and nothing is sent.
            commands = [command for command in commands if isinstance(command, Record)]
        if commands:
            self._outbox.put(commands)
        if self._source is not None and isinstance(event, CandleClosed):
            self._ask_source(self._source, event.candle)

    def _ask_source(self, source: SignalSource, candle: Candle) -> None:
        """One exchange's candles make its opinions, wherever they are followed."""
        if candle.instrument_id.exchange != source.exchange:
            return
        signal = source.on_candle(candle)
        if signal is not None:
            self.publish(SignalReceived(signal=signal, ts_init_us=self._clock()))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.publish(TimePassed(ts_init_us=self._clock()))
            self._mend_source()

    def _mend_source(self) -> None:
        """History is read again while a symbol has no opinion, at most every half minute."""
        now = asyncio.get_running_loop().time()
        if self._source is None or not self._source.problems or now < self._source_due:
            return
        self._source_due = now + _SOURCE_AGAIN_S
        _ = self._begin(self._load_source(self._source))

    async def _load_source(self, source: SignalSource) -> None:
        try:
            await source.load(self._clients[source.exchange])
        except ExchangeError as error:
            log.warning("history for signals could not be read", reason=str(error))

    def _carry_out(self, command: Command) -> None:
        """Begin what a command asks for; it answers by events and is never awaited here."""
        if isinstance(command, Announce | SignalDecided):
            self._on_command(command)
        elif isinstance(command, SetLegProtection):
            leg_id = command.protection.leg_id
            before = self._last_protection.get(leg_id)
            task = self._begin(self._set_protection(command, before))
            self._last_protection[leg_id] = task
        elif isinstance(command, SubmitOrder):
            order_id = command.approved.intent.client_order_id
            self._sends[order_id] = task = self._begin(self._submit(command))
            task.add_done_callback(lambda _: self._sends.pop(order_id, None))
        else:
            _ = self._begin(self._answer(command))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        log.error("task failed", exc_info=error)
        why = f"{type(error).__name__} while talking to an exchange: {error}"
        self.publish(HaltTrading(who="core", why=why, ts_init_us=self._clock()))

    async def _answer(self, command: Command) -> None:
        if isinstance(command, CancelOrder):
            await self._after_its_send(command.client_order_id)
            # What became of the order is told by the exchange's view of it; a refused cancel
            # proves nothing.
            await self._clients[command.leg_id.exchange].cancel_order(command)
            await self._ask(
                QueryOrder(leg_id=command.leg_id, client_order_id=command.client_order_id)
            )
        elif isinstance(command, AmendOrder):
            await self._amend(command)
        elif isinstance(command, QueryOrder | TakeSnapshot | LoadCandles):
            await self._ask(command)

    async def _amend(self, command: AmendOrder) -> None:
        """Ask for the change, then what became of the order: an acceptance is no proof of it."""
        order, quantity, price = command.order, command.quantity, command.price
        named, leg_id = order.client_order_id, order.leg_id
        answer = await self._clients[leg_id.exchange].modify_order(
            order,
            quantity=None if quantity == order.quantity else quantity,
            price=None if price == order.price else price,
        )
        refusal = ""
        if isinstance(answer, OrderRejected):
            refusal = f"{answer.code}: {answer.reason}"
        self.publish(
            AmendAnswered(client_order_id=named, refusal=refusal, ts_init_us=self._clock())
        )
        await self._ask(QueryOrder(leg_id=leg_id, client_order_id=named))

    async def _after_its_send(self, client_order_id: str) -> None:
        """A cancel that overtakes its order finds nothing, and the order rests after all."""
        send = self._sends.get(client_order_id)
        if send is not None:
            with contextlib.suppress(Exception):
                await asyncio.shield(send)

    async def _submit(self, command: SubmitOrder) -> None:
        intent = command.approved.intent
        try:
            answer = await self._clients[intent.leg_id.exchange].place_order(command.approved)
        # An order whose send broke in our own code may have left: its outcome is unknown.
        except Exception as error:
            unknown = OrderOutcomeUnknown(
                client_order_id=intent.client_order_id,
                reason=f"{type(error).__name__}: {error}",
                ts_init_us=self._clock(),
            )
            self.publish(unknown)
            raise
        self.publish(answer)

    async def _set_protection(
        self, command: SetLegProtection, before: asyncio.Task[None] | None
    ) -> None:
        """One after another per leg, so that the protection decided last is the one that rests.

        What a newer decision replaced while it waited is not sent: an exchange that answers slower
        than we ask would otherwise get an ever longer queue.
        """
        protection = command.protection
        if before is not None and not before.done():
            with contextlib.suppress(Exception):
                await asyncio.shield(before)
            if self._last_protection[protection.leg_id] is not asyncio.current_task():
                return
        answer = await self._clients[protection.leg_id.exchange].set_protection(protection)
        if isinstance(answer, ProtectionRefused):
            log.warning("protection refused", leg=str(protection.leg_id), code=answer.code)
        self.publish(answer)

    async def _ask(self, question: QueryOrder | TakeSnapshot | LoadCandles) -> None:
        try:
            await self._read(question)
        except ExchangeError as error:
            self._read_failed(question, str(error))
        # A mistake of ours halts, but the core must not wait for this answer for ever.
        except Exception as error:
            self._read_failed(question, f"{type(error).__name__}: {error}")
            raise

    def _read_failed(self, question: QueryOrder | TakeSnapshot | LoadCandles, reason: str) -> None:
        self.publish(ReadFailed(question=question, reason=reason, ts_init_us=self._clock()))

    async def _read(self, question: QueryOrder | TakeSnapshot | LoadCandles) -> None:
        if isinstance(question, TakeSnapshot):
            ids = self.state.config.instrument_ids
            symbols = [each.symbol for each in ids if each.exchange == question.exchange]
            client = self._clients[question.exchange]
            self.publish(await client.take_snapshot(symbols, question.since_us))
        elif isinstance(question, LoadCandles):
            client = self._clients[question.instrument_id.exchange]
            candles = await client.get_candles(
                question.instrument_id, question.interval_s, question.limit
            )
            history = CandleHistory(
                instrument_id=question.instrument_id, candles=candles, ts_init_us=self._clock()
            )
            self.publish(history)
        else:
            found = await self._clients[question.leg_id.exchange].query_order(question)
            if isinstance(found, OrderNotFound):
                self.publish(found)
                return
            report, fills = found
            for fill in fills:
                self.publish(fill)
            if report is not None:
                self.publish(report)
