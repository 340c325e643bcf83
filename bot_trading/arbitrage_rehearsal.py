"""Groups of two legs under faults, in virtual time: how long and how dear they hang on one leg.

    python3 scripts/rehearse_arbitrage.py --groups 10000 --seed 1

Each group is entered on two exchanges of paper that fill, refuse, fill in part, answer late or
not at all, and run stops; a ledger of its own says what each side earned. The machine is the one
of `bot_trading.arbitrage.life`, latencies and faults are drawn from the seed. Exit code 1 when a
group passed a bound or its account differs from the ledger.
"""

from __future__ import annotations

import heapq
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from random import Random
from typing import Annotated

import typer

from bot_trading.arbitrage.drift import balance_drift
from bot_trading.arbitrage.group import Action, Bounds, Group, Phase, Prices, Which
from bot_trading.arbitrage.life import (
    close_group,
    on_answer,
    on_fill,
    on_funding,
    open_group,
    resolve,
)
from bot_trading.arbitrage.pair import Pair, PairRefused, PairSide, make_pair
from bot_trading.domain.instrument import Instrument, InstrumentId

__all__ = ["BOUNDS", "Outcome", "main", "paper_pair", "rehearse"]

_MS = 1_000
_ENTRY_FATES = ("filled", "partial", "refused", "unknown", "unknown_filled", "late")
_CLOSE_FATES = ("filled", "filled", "filled", "partial", "refused", "unknown_filled")
_FAULTY_CLOSES_MAX = 2
_FEE_RATIO = Decimal("0.00055")
_STEPS = {Which.LONG: Decimal("0.001"), Which.SHORT: Decimal("0.002")}
_MONEY = Decimal(1_000_000)
_CALM_US = 20_000 * _MS
_BUSY_US = 2_000 * _MS
BOUNDS = Bounds(
    settle_us=100 * _MS,
    one_sided_max_us=500 * _MS,
    close_again_us=60 * _MS,
    loss_max=Decimal(5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one group went: which faults its entries met, how it ended, and what broke, if anything.

    `loss` is what the unmatched part lost at worst, in quote coin.
    """

    fates: str
    phase: Phase
    one_sided_us: int
    loss: Decimal
    long_pnl: Decimal
    short_pnl: Decimal
    broken: str


@dataclass(slots=True)
class _Paper:
    """Two exchanges of paper around one group; `due` holds what happens, by virtual time."""

    chance: Random
    group: Group
    price: Decimal = Decimal(60_000)
    due: list[tuple[int, int, tuple[object, ...]]] = field(default_factory=list)
    number: count[int] = field(default_factory=count)
    ledger: dict[Which, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    truly_held: dict[Which, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    faulty_closes: Counter[Which] = field(default_factory=Counter)
    fates: list[str] = field(default_factory=list)

    def later(self, at_us: int, *what: object) -> None:
        """Let something happen at an instant of virtual time."""
        heapq.heappush(self.due, (at_us, next(self.number), what))

    def walk(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Bid and ask of both books around one walking price, the second one 20 bps above."""
        self.price += Decimal(self.chance.randint(-20, 20)) / 10
        second, half = self.price * Decimal("1.002"), Decimal("0.05")
        return self.price - half, self.price + half, second - half, second + half

    def prices(self) -> Prices:
        """The same, as the machine reads them."""
        long_bid, long_ask, short_bid, short_ask = self.walk()
        return Prices(
            long_bid=long_bid, long_ask=long_ask, short_bid=short_bid, short_ask=short_ask
        )

    def send(self, action: Action, now_us: int) -> None:
        """Decide what becomes of an order; closes meet a bounded number of faults."""
        fate = self.chance.choice(_ENTRY_FATES if action.opens else _CLOSE_FATES)
        if action.opens:
            self.fates.append(fate)
        elif fate != "filled":
            self.faulty_closes[action.which] += 1
            fate = fate if self.faulty_closes[action.which] <= _FAULTY_CLOSES_MAX else "filled"
        arrives_us = now_us + self.chance.randint(2, 40) * _MS
        if fate == "refused":
            self.later(arrives_us, "ends", action, True)
        elif fate == "unknown":
            self.later(arrives_us + 9_000 * _MS, "ends", action, True)
        else:
            part = action.quantity
            if fate == "partial":
                step = _STEPS[action.which]
                part = self.chance.randint(0, int(part / step)) * step
            is_late = fate in ("late", "unknown_filled")
            told_us = arrives_us + (self.chance.randint(30, 200) * _MS if is_late else 0)
            self.later(arrives_us, "trades", action, part, told_us)

    def trade(self, action: Action, part: Decimal, told_us: int) -> None:
        """Fill at the exchange; it is told later. Reduce-only never closes more than is held."""
        if not action.opens:
            part = min(part, self.truly_held[action.which])
        self.truly_held[action.which] += part if action.opens else -part
        price = self._price(action.which, opens=action.opens)
        commission = part * price * _FEE_RATIO
        sells = action.opens == (action.which is Which.SHORT)
        self.ledger[action.which] += (part if sells else -part) * price - commission
        self.later(told_us, "told", action, part, price, commission)

    def stop_out(self, which: Which, now_us: int) -> None:
        """The exchange runs the stop of a side: the whole of it, by an order of its own."""
        stop = Action(
            order_id="stop", which=which, opens=False, quantity=self.truly_held[which], cause="stop"
        )
        self.trade(stop, stop.quantity, now_us)

    def _price(self, which: Which, *, opens: bool) -> Decimal:
        long_bid, long_ask, short_bid, short_ask = self.walk()
        buys = opens == (which is Which.LONG)
        if which is Which.LONG:
            return long_ask if buys else long_bid
        return short_ask if buys else short_bid


def paper_pair() -> Pair:
    """BTC on two exchanges of paper with different steps."""
    first, second = (
        _paper_side(exchange, _STEPS[which])
        for exchange, which in (("bybit", Which.LONG), ("binance", Which.SHORT))
    )
    pair = make_pair(first, second)
    if isinstance(pair, PairRefused):
        raise ValueError(pair.why)
    return pair


def rehearse(seed: int) -> Outcome:
    """One group from its entry to its end; the same seed gives the same outcome."""
    chance = Random(seed)  # noqa: S311 - chance of a simulation, no secret
    group, entries = open_group(f"g{seed}", paper_pair(), BOUNDS, Decimal("0.050"), 0)
    paper = _Paper(chance=chance, group=group)
    for action in entries:
        paper.send(action, 0)
    end = chance.choice(("stop of LONG", "stop of SHORT", "exit"))
    paper.later(_CALM_US, "end", end)
    for begins_us in (0, _CALM_US):
        for at_us in range(begins_us, begins_us + _BUSY_US, 10 * _MS):
            paper.later(at_us, "tick")
    now_us = 0
    while paper.due and paper.group.phase is not Phase.OVER:
        now_us, _, what = heapq.heappop(paper.due)
        _happen(paper, what, now_us)
        paper.group, actions = resolve(paper.group, paper.prices(), now_us)
        for action in actions:
            paper.send(action, now_us)
    return _outcome(paper, now_us)


def _happen(paper: _Paper, what: tuple[object, ...], now_us: int) -> None:
    match what:
        case ("ends", Action() as action, bool(refused)):
            paper.group = on_answer(paper.group, action.which, action.order_id, refused=refused)
        case ("trades", Action() as action, Decimal() as part, int(told_us)):
            paper.trade(action, part, told_us)
        case ("told", Action() as action, Decimal() as part, Decimal() as px, Decimal() as fee):
            _tell(paper, action, part, px, fee, now_us)
        case ("end", str(how)):
            _end(paper, how, now_us)


def _tell(
    paper: _Paper, action: Action, part: Decimal, price: Decimal, fee: Decimal, now_us: int
) -> None:
    """The fill is told, and that the order ended with it."""
    group = paper.group
    if part:
        group = on_fill(
            group,
            action.which,
            action.order_id,
            opens=action.opens,
            quantity=part,
            price=price,
            commission=fee,
            now_us=now_us,
        )
    paper.group = on_answer(group, action.which, action.order_id, refused=False)


def _end(paper: _Paper, how: str, now_us: int) -> None:
    """Funding settles on both sides, then a stop runs or the difference is gone."""
    for which in Which:
        amount = Decimal(paper.chance.randint(-300, 300)) / 100
        paper.ledger[which] += amount
        paper.group = on_funding(paper.group, which, amount)
    if how == "exit" or paper.group.phase is not Phase.HEDGED:
        paper.group = close_group(paper.group, "exit")
    else:
        paper.stop_out(Which(how.rpartition(" ")[2]), now_us)


def _outcome(paper: _Paper, now_us: int) -> Outcome:
    group = paper.group
    broken = []
    if group.phase is not Phase.OVER or any(paper.truly_held.values()):
        broken.append(f"not over: {group.phase}, holds {dict(paper.truly_held)}")
    if group.one_sided_us(now_us) > group.bounds.one_sided_max_us:
        broken.append(f"one-sided for {group.one_sided_us(now_us) / _MS:.0f} ms")
    broken += [
        f"{which}: {group.side(which).pnl} is not {paper.ledger[which]}"
        for which in Which
        if group.side(which).pnl != paper.ledger[which]
    ]
    if group.unmatched_loss_worst > 2 * group.bounds.loss_max:
        broken.append(f"the unmatched part lost {group.unmatched_loss_worst:.2f}")
    if group.pnl != sum(paper.ledger.values()):
        broken.append("the group is not the sum of its sides")
    return Outcome(
        fates=" + ".join(sorted(paper.fates[:2])),
        phase=group.phase,
        one_sided_us=group.one_sided_us(now_us),
        loss=group.unmatched_loss_worst,
        long_pnl=group.long.pnl,
        short_pnl=group.short.pnl,
        broken="; ".join(broken),
    )


def main(
    groups: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The first seed; each group has its own.")] = 1,
) -> None:
    """Rehearse groups and print a table by what their entries met."""
    outcomes = {each: rehearse(each) for each in range(seed, seed + groups)}
    sys.stdout.write(_table(list(outcomes.values())))
    sys.stdout.write(_drift_line(list(outcomes.values())))
    broken = {each: outcome.broken for each, outcome in outcomes.items() if outcome.broken}
    for each, why in list(broken.items())[:10]:
        sys.stdout.write(f"seed {each}: {why}\n")
    if broken:
        raise typer.Exit(1)


def _table(outcomes: Sequence[Outcome]) -> str:
    by_fates: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_fates[outcome.fates].append(outcome)
        by_fates["all"].append(outcome)
    lines = [
        "| entries met | groups | one-sided p50 ms | p99 ms | max ms | worst loss | broken |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for fates in sorted(by_fates, key=lambda each: (each == "all", each)):
        of_fates = by_fates[fates]
        times = sorted(each.one_sided_us for each in of_fates)
        middle, high = times[(len(times) - 1) // 2], times[-(-len(times) * 99 // 100) - 1]
        broken = sum(1 for each in of_fates if each.broken)
        lines.append(
            f"| {fates} | {len(times)} | {middle / _MS:.0f} | {high / _MS:.0f} | "
            f"{times[-1] / _MS:.0f} | {max(each.loss for each in of_fates):.2f} | {broken} |"
        )
    return "\n".join(lines) + "\n"


def _drift_line(outcomes: Sequence[Outcome]) -> str:
    """How far the groups together moved money from one exchange to the other."""
    long = sum((each.long_pnl for each in outcomes), _MONEY)
    short = sum((each.short_pnl for each in outcomes), _MONEY)
    drift = balance_drift((_MONEY, _MONEY), (long, short))
    if drift is None:
        return "balances: nothing is left\n"
    share, to_move = drift.drift_ratio * 100, drift.to_move
    return f"balances: the first share moved by {share:+.2f} %, {to_move:.2f} would even it\n"


def _paper_side(exchange: str, step: Decimal) -> PairSide:
    instrument = Instrument(
        instrument_id=InstrumentId(exchange, "BTCUSDT"),
        base_coin="BTC",
        quote_coin="USDT",
        tick_size=Decimal("0.1"),
        qty_step=step,
        min_qty=step,
        max_qty=Decimal(100),
        max_market_qty=Decimal(50),
        min_notional=Decimal(5),
        leverage_max=Decimal(100),
        funding_interval_min=480,
        is_trading=True,
    )
    return PairSide(instrument=instrument, account="paper", taker_fee_ratio=_FEE_RATIO)
