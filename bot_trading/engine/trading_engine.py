"""The engine as its users see it: start, give it signals, close, halt, stop."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from decimal import Decimal
from types import MappingProxyType

from bot_trading.clock import now_us
from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    Announce,
    CloseLeg,
    HaltTrading,
    OrderDenied,
    ResumeTrading,
    SignalDecided,
    SignalReceived,
    StreamDown,
)
from bot_trading.domain.order import Order
from bot_trading.domain.reports import ExchangeSnapshot
from bot_trading.domain.signal import Signal
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.book_reader import Estimator
from bot_trading.engine.fitting import exits_misfit, groups_misfit, steps_misfit
from bot_trading.engine.loop import EngineLoop
from bot_trading.engine.recovery import recall, restore
from bot_trading.engine.report import report_status
from bot_trading.engine.resting_audit import ladder_differences, live_differences
from bot_trading.engine.risk_manager import RiskManager
from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ExchangeError, ExchangeUnavailable, LaunchError, RateLimited
from bot_trading.execution.reconcile import leg_differences
from bot_trading.log import get_logger
from bot_trading.portfolio.audit import wallet_difference
from bot_trading.ports import ExchangeClient, Recalls, SignalSource, Store

__all__ = ["TradingEngine"]

_LINES_KEPT = 200
_AUDIT_PAUSE_S = 0.1
_LATE_FIRST_S = 1.0
_LATE_MAX_S = 30.0
_ASKED_TO_WAIT_MAX_S = 60.0  # So long a start waits where every exchange says "too many requests".
_CLOCK_LOOK_S = 5.0

log = get_logger(__name__)


class TradingEngine:
    """One account's core with its store and exchanges; it takes ownership of both."""

    def __init__(
        self,
        config: CoreConfig,
        store: Store,
        clients: Mapping[str, ExchangeClient],
        leverage: Decimal,
        clock: Callable[[], int] = now_us,
        signals: SignalSource | None = None,
        clock_windows_ms: Mapping[str, int] = MappingProxyType({}),
        estimate: Estimator | None = None,
    ) -> None:
        """`clock_windows_ms` says by exchange how far our clock may be from its own; `estimate`
        finds which symbols move together, which without it all of them do."""
        self._estimate = estimate
        self._clock_windows_ms = clock_windows_ms
        self._config = config
        self._store = store
        self._clients = clients
        self._leverage = leverage
        self._clock = clock
        self._signals = signals
        self._waiters: dict[str, list[asyncio.Future[Order | OrderDenied]]] = {}
        self._loop: EngineLoop | None = None
        self._clock_watch: asyncio.Task[None] | None = None
        self._early_halts: list[HaltTrading] = []
        self.lines: deque[tuple[int, str, str]] = deque(maxlen=_LINES_KEPT)
        self.decided = 0

    @property
    def loop(self) -> EngineLoop:
        """The running loop; RuntimeError before `start`."""
        if self._loop is None:
            raise RuntimeError("the engine has not been started")
        return self._loop

    @property
    def is_running(self) -> bool:
        """True from `start` on, also after `stop`."""
        return self._loop is not None

    @property
    def risk_manager(self) -> RiskManager:
        """Asks the controls without reserving anything."""
        return RiskManager(self.loop.state)

    async def start(self) -> None:
        """Lock the account, load what is stored, prove the exchanges, then listen and trade.

        An exchange that gives no answer is opened later, as long as another one does.

        Raises `AccountLocked`, `StoreUnavailable`, the exchange's `AuthRejected`,
        `PositionModeMismatch`, `ExchangeUnavailable`, or `LaunchError` for a clock that is wrong
        for exits below one tick, for steps that no row holds, and for an open group that this
        configuration does not follow; nothing is left open then.
        """
        try:
            await self._store.open(self._config.account)
            stored = await self._store.load()
            orphaned = groups_misfit(self._config, stored.groups)
            if orphaned:
                raise LaunchError(orphaned)
            late = await self._open_clients()
            state = restore(self._config, stored, self._clock())
            for name, client in self._clients.items():
                if isinstance(client, Recalls):
                    known = recall(name, stored, state)
                    client.recall(known.order_ids, known.levels)
            await self._check_exits(late)
        except BaseException:
            await self._close_connections()
            raise
        self._loop = EngineLoop(
            *(state, self._store, self._clients, self._heard, self._clock, self._signals),
            late=late,
            estimate=self._estimate,
        )
        # People overtake all else: the first turns halt, before any signal is looked at.
        for halt in self._early_halts:
            self._loop.publish(halt)
        self._loop.start()
        self._clock_watch = asyncio.create_task(self._watch_clocks())

    async def _open_clients(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Open every exchange, all at once; by name what opens one later that gave no answer.

        Raises what the first one said when none could be opened. Where all of them would answer,
        only later, they are asked again for up to `_ASKED_TO_WAIT_MAX_S`.
        """
        running, delay_s = asyncio.get_running_loop(), _LATE_FIRST_S
        give_up_s = running.time() + _ASKED_TO_WAIT_MAX_S
        failures = await self._open_all()
        while len(failures) == len(self._clients):
            first = next(iter(failures.values()))
            wait_s = max(delay_s, *map(self._asked_to_wait_s, failures.values()))
            may_wait = all(isinstance(each, RateLimited) for each in failures.values())
            if not may_wait or running.time() + wait_s > give_up_s:
                raise first
            log.warning("the start waits", seconds=round(wait_s, 1), reason=str(first))
            await asyncio.sleep(wait_s)
            delay_s *= 2
            failures = await self._open_all()
        for name, failure in failures.items():
            log.warning("exchange could not be opened, tried again", name=name, reason=str(failure))
        return {name: functools.partial(self._open_late, name) for name in failures}

    async def _open_all(self) -> dict[str, ExchangeError]:
        """Open every exchange once: by name those that gave no answer; raises any other refusal."""
        opening = (self._open(name, client) for name, client in self._clients.items())
        answers = await asyncio.gather(*opening, return_exceptions=True)
        failures: dict[str, ExchangeError] = {}
        for name, answer in zip(self._clients, answers, strict=True):
            if isinstance(answer, ExchangeUnavailable | RateLimited):
                failures[name] = answer
            elif answer is not None:
                raise answer
        return failures

    def _asked_to_wait_s(self, failure: ExchangeError) -> float:
        """How long the exchange itself asked to be left alone; 0 where it named no time."""
        if not isinstance(failure, RateLimited) or failure.retry_at_ms is None:
            return 0.0
        return max(0.0, (failure.retry_at_ms - self._clock() // 1000) / 1000)

    async def _open(self, name: str, client: ExchangeClient) -> None:
        await client.open()
        try:
            problem: str | None = self._clock_problem(name, client)
            problem = problem or await steps_misfit(self._config, name, client, self._clock())
            if problem:
                raise LaunchError(problem)
            for instrument_id in self._config.instrument_ids:
                if instrument_id.exchange == name:
                    await client.set_leverage(instrument_id.symbol, self._leverage)
        except BaseException:
            await client.close()
            raise

    async def _check_exits(self, late: Collection[str]) -> None:
        for name, client in self._clients.items():
            if name not in late:
                problem = await exits_misfit(self._config, name, client, self._clock())
                if problem:
                    raise LaunchError(problem)

    async def _open_late(self, name: str) -> None:
        """Try again until it opens; what it says meanwhile is why it takes no new risk."""
        delay_s = _LATE_FIRST_S
        while True:
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _LATE_MAX_S)
            try:
                await self._open(name, self._clients[name])
            except (ExchangeError, LaunchError) as error:
                reason = str(error)
                event = StreamDown(exchange=name, reason=reason, ts_init_us=self._clock())
                self.loop.publish(event)
            else:
                return

    async def _watch_clocks(self) -> None:
        """Halt new risk when a clock is measured beyond an exchange's window, once each time."""
        wrong: set[str] = set()
        while True:
            await asyncio.sleep(_CLOCK_LOOK_S)
            for name, client in self._clients.items():
                problem = self._clock_problem(name, client)
                if problem and name not in wrong:
                    self.halt("clock", problem)
                (wrong.add if problem else wrong.discard)(name)

    def _clock_problem(self, name: str, client: ExchangeClient) -> str:
        """Why our clock is wrong for an exchange, with the measured offset, or ""."""
        offset_ms, window_ms = client.clock_offset_ms, self._clock_windows_ms.get(name)
        if window_ms is None or abs(offset_ms) <= window_ms:
            return ""
        side = "behind" if offset_ms > 0 else "ahead of"
        return (
            f"this machine's clock is {abs(offset_ms)} ms {side} {name}'s, which takes requests "
            f"within {window_ms} ms: synchronise it (NTP), then resume"
        )

    async def wait(self) -> None:
        """Until something ends the engine; raises what did."""
        await self.loop.wait()

    async def audit(self, tries: int = 60) -> tuple[str, ...]:
        """What does not add up between us and the exchanges: legs and wallet, to the last decimal,
        and the orders and ladders that rest there.

        Asked again while messages are under way; empty when everything agrees.
        """
        problems: list[str] = []
        for name, client in self._clients.items():
            found: list[str] = []
            for _ in range(tries):
                found = self._audit_differences(name, await self._read_all(name, client))
                if not found:
                    break
                await asyncio.sleep(_AUDIT_PAUSE_S)
            problems += found
        return tuple(problems)

    async def stop(self) -> bool:
        """Take back resting entries, keep stops, write everything down; False if it could not."""
        if self._clock_watch is not None:
            self._clock_watch.cancel()
            await asyncio.gather(self._clock_watch, return_exceptions=True)
        is_clean = await self.loop.stop()
        await self._close_connections()
        for waiters in self._waiters.values():
            for future in waiters:
                future.cancel()
        return is_clean

    async def process_signal(self, signal: Signal, timeout_s: float = 5.0) -> Order | OrderDenied:
        """Follow a signal: an Order once its send was answered or is UNKNOWN, or an OrderDenied.

        Cancelling the caller cancels nothing, and giving the same signal again is answered with the
        same order. Raises TimeoutError when nothing was decided in `timeout_s`.
        """
        future: asyncio.Future[Order | OrderDenied] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(signal.signal_id, []).append(future)
        self.loop.publish(SignalReceived(signal=signal, ts_init_us=self._clock()))
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(future)
        finally:
            waiters = self._waiters.get(signal.signal_id, [])
            if future in waiters:
                waiters.remove(future)
            if not waiters:
                self._waiters.pop(signal.signal_id, None)

    def close_position_partial(self, leg_id: LegId, close_ratio: Decimal, request_id: str) -> None:
        """Close `close_ratio` (0 < r ≤ 1) of a leg at market, reduce-only, through risk.

        `request_id` makes a repetition harmless. Raises ValueError for a ratio outside its range.
        """
        if not 0 < close_ratio <= 1:
            raise ValueError(f"close_ratio is {close_ratio}: it lies above 0 and at most at 1")
        self.loop.publish(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=close_ratio,
                request_id=request_id,
                ts_init_us=self._clock(),
            )
        )

    def halt(self, who: str, why: str, state: TradingState = TradingState.HALTED) -> None:
        """Stop new risk; protection keeps resting. Before `start`, what starts begins halted."""
        event = HaltTrading(who=who, why=why, state=state, ts_init_us=self._clock())
        if self._loop is None:
            self._early_halts.append(event)
        else:
            self._loop.publish(event)

    def resume(self, who: str, why: str, state: TradingState = TradingState.ACTIVE) -> None:
        """Allow new risk again, or only exits with REDUCING: a person's step, never a rule's."""
        event = ResumeTrading(who=who, why=why, state=state, ts_init_us=self._clock())
        self.loop.publish(event)

    def status(self) -> CoreStatus:
        """One look at the core."""
        return report_status(self.loop.state)

    def _heard(self, command: Announce | SignalDecided) -> None:
        if isinstance(command, Announce):
            self.lines.append((self._clock(), command.level, command.text))
            log.log(_LEVELS[command.level], command.text)
            return
        self.decided += 1
        for future in self._waiters.pop(command.signal_id, ()):
            if not future.done():
                future.set_result(command.result)

    async def _read_all(self, name: str, client: ExchangeClient) -> ExchangeSnapshot:
        symbols = [each.symbol for each in self._config.instrument_ids if each.exchange == name]
        return await client.take_snapshot(symbols, self.loop.state.since_us.get(name, 0))

    def _audit_differences(self, name: str, snapshot: ExchangeSnapshot) -> list[str]:
        state = self.loop.state
        found = [str(each) for each in leg_differences(name, state.legs, snapshot.legs)]
        origin = state.wallet_origin.get(name)
        if origin is None:
            return [*found, f"{name}: was never reconciled, so its wallet cannot be explained"]
        legs = [leg for leg in state.legs.values() if leg.leg_id.exchange == name]
        unexplained = wallet_difference(*origin, snapshot.balance.wallet_balance, legs)
        if unexplained:
            found.append(f"{name}: {unexplained:f} of the wallet's change is not explained by legs")
        found += live_differences(state, name, snapshot.open_orders)
        return found + ladder_differences(state, name, snapshot.open_orders)

    async def _close_connections(self) -> None:
        for client in self._clients.values():
            await client.close()
        await self._store.close()


_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
