"""What an execution does to its leg, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.errors import InvariantBroken
from bot_trading.portfolio.legs import (
    FILLS_MAX,
    LifeBooked,
    apply_fill,
    apply_funding,
    apply_in_order,
    unrealized_pnl,
)
from tests.builders.core import LONG, NOW_US, SHORT, a_fill, d

_FLAT = PositionLeg(leg_id=LONG)


def _closing(quantity: str, px: str) -> Fill:
    return a_fill(side=OrderSide.SELL, last_qty=d(quantity), last_px=d(px))


def test_the_first_fill_begins_an_episode() -> None:
    """Quantity, cost, commission and the instant it was opened."""
    leg = apply_fill(_FLAT, a_fill())
    assert (leg.quantity, leg.entry_value, leg.commission) == (d("0.010"), d(500), d("0.275"))
    assert (leg.episode, leg.ts_opened_us) == (1, NOW_US)


def test_a_further_fill_stays_in_the_episode() -> None:
    """Only a flat leg begins a life."""
    leg = apply_fill(apply_fill(_FLAT, a_fill()), a_fill(ts_event_us=NOW_US + 5))
    assert (leg.episode, leg.ts_opened_us, leg.quantity) == (1, NOW_US, d("0.020"))


def test_closing_a_part_keeps_the_average_price() -> None:
    """Bybit: closing does not change it."""
    leg = apply_fill(_FLAT, a_fill())
    half = apply_fill(leg, _closing("0.005", "50100"))
    assert half.avg_px == leg.avg_px
    assert half.realized_pnl == d("0.5")


def test_an_entry_told_after_the_exit_that_followed_it_is_booked_before_it() -> None:
    """The exit realises against the average that the exchange had; funding stays what it was."""
    first, late = a_fill(), a_fill(last_px=d("50200"), ts_event_us=NOW_US + 1)
    exit_ = replace(_closing("0.005", "50300"), ts_event_us=NOW_US + 2)
    life = LifeBooked(before=_FLAT)
    leg = apply_in_order(apply_in_order(_FLAT, first, life), exit_, life)
    assert leg.realized_pnl == d("1.5")
    leg = apply_in_order(replace(leg, funding=d("-0.1")), late, life)
    assert (leg.realized_pnl, leg.avg_px, leg.funding) == (d("1.0"), d("50100"), d("-0.1"))


def test_a_late_end_of_a_life_gives_the_next_its_own_cost() -> None:
    """The exit closed the leg, as the wallet shows at once; here the life goes on as one."""
    first, exit_ = a_fill(), replace(_closing("0.010", "50300"), ts_event_us=NOW_US + 1)
    second = a_fill(last_px=d("50200"), ts_event_us=NOW_US + 2)
    life = LifeBooked(before=_FLAT)
    leg = apply_in_order(apply_in_order(_FLAT, first, life), second, life)
    leg = apply_in_order(leg, exit_, life)
    assert (leg.realized_pnl, leg.entry_value, leg.quantity) == (d("3"), d("502"), d("0.010"))
    assert (leg.episode, leg.entered_qty, leg.ts_opened_us) == (1, d("0.020"), NOW_US)


def test_what_is_kept_of_a_long_life_is_bounded_and_a_late_fill_still_finds_its_place() -> None:
    """A leg that never goes flat grows no memory, and no fill is lost or booked otherwise."""
    life, leg, direct = LifeBooked(before=_FLAT), _FLAT, _FLAT
    told: list[Fill] = []
    for number in range(3 * FILLS_MAX):
        price = d(50_000 + number % 700)
        entry = a_fill(last_px=price, ts_event_us=NOW_US + 2 * number)
        exit_ = replace(_closing("0.009", str(price + 5)), ts_event_us=NOW_US + 2 * number + 1)
        told += [entry, exit_]
    late, position = told.pop(-40), len(told) - 39
    for fill in told:
        leg = apply_in_order(leg, fill, life)
        assert len(life.fills) <= FILLS_MAX
    leg = apply_in_order(leg, late, life)
    for fill in (*told[:position], late, *told[position:]):
        direct = apply_fill(direct, fill)
    assert leg == direct
    older = apply_in_order(leg, replace(late, ts_event_us=NOW_US), life)
    assert older.quantity == leg.quantity + late.last_qty * (1 if late.is_opening else -1)


def test_fills_in_an_order_that_cannot_be_end_in_what_came_of_them() -> None:
    """Bounded too: what was booked as it came is where the rest begins."""
    life, leg = LifeBooked(before=_FLAT), _FLAT
    leg = apply_in_order(leg, a_fill(ts_event_us=NOW_US + 1), life)
    leg = apply_in_order(leg, replace(_closing("0.005", "50300"), ts_event_us=NOW_US), life)
    for number in range(FILLS_MAX):
        leg = apply_in_order(leg, a_fill(ts_event_us=NOW_US + 2 + number), life)
        assert len(life.fills) <= FILLS_MAX
    assert leg.quantity == d("0.005") + FILLS_MAX * d("0.010")
    assert life.before == leg or life.before.quantity < leg.quantity


def test_a_part_takes_out_cost_in_the_wallets_own_unit() -> None:
    """A third of the cost is rounded as the exchange rounds it, so that an open leg adds up too."""
    leg = apply_fill(PositionLeg(leg_id=LONG), a_fill(last_qty=d("0.3"), last_px=d("100.01")))
    leg = apply_fill(leg, a_fill(last_qty=d("0.4"), last_px=d("100.02")))
    part = apply_fill(leg, _closing("0.3", "101"))
    assert leg.entry_value == d("70.011")
    assert part.entry_value == d("70.011") - d("30.00471429")
    assert part.realized_pnl == d("30.3") - d("30.00471429")


@pytest.mark.parametrize(
    ("leg_id", "opens", "closes", "gain"),
    [(LONG, OrderSide.BUY, OrderSide.SELL, "1"), (SHORT, OrderSide.SELL, OrderSide.BUY, "-1")],
)
def test_a_rising_price_gains_on_the_long_leg_and_loses_on_the_short(
    leg_id: LegId, opens: OrderSide, closes: OrderSide, gain: str
) -> None:
    """0.010 BTC over 100 USDT of price."""
    leg = PositionLeg(leg_id=leg_id)
    leg = apply_fill(leg, a_fill(leg_id=leg_id, side=opens))
    leg = apply_fill(leg, a_fill(leg_id=leg_id, side=closes, last_px=d("50100")))
    assert leg.is_flat
    assert leg.realized_pnl == d(gain)
    assert leg.entry_value == 0


@pytest.mark.parametrize(("quantity", "is_broken"), [("0.010", False), ("0.0100001", True)])
def test_a_leg_never_flips_sign(quantity: str, is_broken: bool) -> None:
    """Closing more than is held means that we are wrong."""
    leg = apply_fill(_FLAT, a_fill())
    if is_broken:
        with pytest.raises(InvariantBroken, match="which holds"):
            apply_fill(leg, _closing(quantity, "50000"))
    else:
        assert apply_fill(leg, _closing(quantity, "50000")).is_flat


def test_a_fill_of_another_leg_is_refused() -> None:
    """So is funding: the id on the fact decides, nothing else."""
    with pytest.raises(InvariantBroken, match="was booked on"):
        apply_fill(_FLAT, a_fill(leg_id=SHORT, side=OrderSide.SELL))
    payment = FundingPayment(trade_id="f", leg_id=SHORT, amount=d(1), ts_event_us=NOW_US)
    with pytest.raises(InvariantBroken, match="was booked on"):
        apply_funding(_FLAT, payment)


def test_funding_changes_nothing_but_funding() -> None:
    """Paid is below zero, received above."""
    leg = apply_fill(_FLAT, a_fill())
    payment = FundingPayment(trade_id="f", leg_id=LONG, amount=d("-0.05"), ts_event_us=NOW_US)
    after = apply_funding(apply_funding(leg, payment), payment)
    assert after.funding == d("-0.10")
    assert (after.quantity, after.realized_pnl) == (leg.quantity, leg.realized_pnl)


def test_a_leg_is_never_stamped_older_than_it_was() -> None:
    """A late fill or settlement changes the leg now, and the store keeps the newest version."""
    leg = apply_fill(_FLAT, a_fill(ts_event_us=NOW_US + 10))
    assert apply_fill(leg, a_fill(trade_id="late")).ts_updated_us == NOW_US + 10
    payment = FundingPayment(trade_id="f", leg_id=LONG, amount=d(1), ts_event_us=NOW_US)
    assert apply_funding(leg, payment).ts_updated_us == NOW_US + 10


def test_unrealized_pnl_has_the_sign_of_the_leg() -> None:
    """A falling price is a gain for a short leg; a flat leg gains nothing."""
    long = apply_fill(_FLAT, a_fill())
    short = apply_fill(PositionLeg(leg_id=SHORT), a_fill(leg_id=SHORT, side=OrderSide.SELL))
    assert unrealized_pnl(long, d("49900")) == -1
    assert unrealized_pnl(short, d("49900")) == 1
    assert str(unrealized_pnl(PositionLeg(leg_id=SHORT), d("49900"))) == "0"
