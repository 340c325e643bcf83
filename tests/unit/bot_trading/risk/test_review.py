"""The one door out: who passes, what it costs, and what exits are spared."""

from __future__ import annotations

from bot_trading.domain.account import TradingState
from bot_trading.domain.order import ApprovedOrder, OrderPurpose, OrderSide
from bot_trading.risk.checks import Denial
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import examine, review
from tests.builders.core import LONG, NOW_US, a_view, an_intent, d, risk_limits


def _exit() -> dict[str, object]:
    return {
        "side": OrderSide.SELL,
        "reduce_only": True,
        "purpose": OrderPurpose.EXIT,
        "stop_loss": None,
    }


def test_approval_reserves_what_it_spends() -> None:
    """Quantity times reference price is held from this instant on."""
    held = Reservations()
    verdict = review(an_intent(), a_view(), risk_limits(), held, NOW_US)
    assert isinstance(verdict, ApprovedOrder)
    assert verdict.ts_approved_us == NOW_US
    assert held.total == held.of_leg(LONG) == d("500")


def test_a_denial_reserves_nothing() -> None:
    """Who was refused takes no headroom from others."""
    held = Reservations()
    verdict = review(an_intent(), a_view(not_ready="x"), risk_limits(), held, NOW_US)
    assert isinstance(verdict, Denial)
    assert held.total == 0


def test_two_intents_cannot_pass_on_the_same_headroom() -> None:
    """With room for one order the second one is denied while the first is in flight."""
    held = Reservations()
    view = a_view(leg_notional=d("3500"), total_notional=d("3500"))
    assert isinstance(review(an_intent(), view, risk_limits(), held, NOW_US), ApprovedOrder)
    after = a_view(
        leg_notional=d("3500"),
        total_notional=d("3500"),
        leg_reserved=held.of_leg(LONG),
        total_reserved=held.total,
    )
    second = review(an_intent(client_order_id="ent-2"), after, risk_limits(), held, NOW_US)
    assert isinstance(second, Denial)
    assert second.control == "leg_exposure_max_usdt"


def test_an_exit_works_when_nothing_else_does() -> None:
    """Halted, not ready, no store, no price, all limits passed: closing still goes out, free."""
    held = Reservations()
    view = a_view(
        trading_state=TradingState.HALTED,
        not_ready="stream is down",
        is_store_up=False,
        quote_age_ms=None,
        leg_notional=d("99999"),
        total_notional=d("99999"),
        daily_loss=d("99999"),
        open_qty=d("0.010"),
    )
    verdict = review(an_intent(**_exit()), view, risk_limits(), held, NOW_US)
    assert isinstance(verdict, ApprovedOrder)
    assert held.total == 0


def test_an_exit_still_keeps_to_the_grid_and_to_one_id() -> None:
    """The controls of every order hold for exits too."""
    view = a_view(open_qty=d("0.010"), is_known_id=True)
    denial = examine(an_intent(**_exit()), view, risk_limits())
    assert denial is not None
    assert denial.control == "duplicate_order"


def test_examining_takes_nothing() -> None:
    """Asking whether an order may pass answers the same twice."""
    first = examine(an_intent(), a_view(), risk_limits())
    assert first is None
    assert examine(an_intent(), a_view(), risk_limits()) is None
