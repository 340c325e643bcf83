"""A session on each exchange that is aimed at what drawn ones seldom bring together.

Answers are lost while the private stream is silent and reads lag, the database is away while fills
come in, a person takes stops away, limits are tight, and legs outlive their horizon: each promise
of the bot is asked for when no other one covers for it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.settings import Settings
from exchange_simulator.faults import FaultPlan, FaultRule
from readiness.chaos.places import default_settings
from readiness.chaos.scenario import ALL, CREATES, PLACES, Aim, Scenario

__all__ = ["aimed", "aimed_sessions", "aimed_settings"]

SESSION_S = 330.0
SEEDS = (1, 2)
ENDS_AWAY = 2  # The other seed's bot stops with its database, and must come to an end cleanly.
# Where an exchange takes stops; what it does not take has to be asked for again.
STOPS = {
    "bybit": "/v5/position/trading-stop",
    "binance": "POST /fapi/v1/algoOrder",
    "okx": "POST /api/v5/trade/order-algo",
}
HORIZON_S = 600  # Of the market, which is over in 75 s here.
HELD_MAX_S = 150.0
# Room for a second entry on a leg, and for no third leg beside two.
LEG_MAX_USDT, TOTAL_MAX_USDT = 2_200, 2_500
FEE_COINS = Decimal("0.003")  # BNB; enough for some fees, so that later ones are in USDT again.
COINS_FROM_S = 40.0
ENTRIES_MIN = 5  # Orders that opened or grew a leg; a bot that works makes twice as many.
_TIGHT = (
    *("position_exposure_max_usdt", "symbol_exposure_max_usdt", "exchange_exposure_max_usdt"),
    *("group_exposure_max_usdt", "estimated_group_exposure_max_usdt", "total_exposure_max_usdt"),
)


def aimed(place: str, seed: int = 1) -> Scenario:
    """The aimed session of one exchange; its last minute and a half is calm."""
    until_s = SESSION_S - 90
    # An answer that is late on Bybit's trade socket leaves its order in doubt until it has come.
    unheard, doubt_max_s = ("closed", 15) if place == "bybit" else ("delayed", 6)
    shared: dict[str, Any] = {"market": place, "to_s": until_s}
    rules = (
        FaultRule(fault="F1", variant="closed", where=CREATES[place], probability=0.3, **shared),
        FaultRule(fault="F1", variant=unheard, where=CREATES[place], probability=0.3, **shared),
        FaultRule(fault="F9", variant="502", where=STOPS[place], probability=0.6, **shared),
        FaultRule(fault="F3", variant="lag", lag_ms=3_000, probability=0.5, **shared),
        FaultRule(fault="F5", variant="duplicate", probability=0.3, **shared),
        FaultRule(fault="F5", variant="reverse", probability=0.3, **shared),
        FaultRule(fault="F5", variant="hold", probability=0.3, **shared),
        FaultRule(fault="F14", variant="half", at_s=(45, 125, 215), **shared),
        FaultRule(fault="F6", variant="private", at_s=(98, 148, 200), duration_s=28, **shared),
        FaultRule(fault="F18", variant="pieces", pieces=3, probability=0.5, **shared),
    )
    return Scenario(
        seed=seed,
        duration_s=SESSION_S,
        plan=FaultPlan(seed=seed, rules=rules),
        kills_at_s=(),
        outages_s=((60, 85), (180, 190)),
        lost_commit_ratio=0.0,
        latency_max_s=0.02,
        exchanges=(place,),
        points=12,
        foreign_orders="ignore",
        aim=Aim(
            stops_taken_s=(30, 55, 90, 130, 142, 180, 192),
            doubt_max_s=doubt_max_s,
            held_max_s=HELD_MAX_S,
            ends_away=seed == ENDS_AWAY,
            fee_coins=FEE_COINS,
            coins_from_s=COINS_FROM_S,
            entries_min=ENTRIES_MIN,
        ),
    )


def aimed_sessions(place: str = ALL) -> list[Scenario]:
    """Those of an exchange, or of each; two seeds, so that each kind of exit meets each fault."""
    places = PLACES if place == ALL else (place,)
    return [aimed(each, seed) for seed in SEEDS for each in places]


def aimed_settings(place: str) -> Settings:
    """The bot's configuration with tight limits and a short horizon."""
    data: dict[str, Any] = default_settings((place,), "ignore").model_dump()
    data["risk"] |= dict.fromkeys(_TIGHT, TOTAL_MAX_USDT)
    data["risk"] |= {"leg_exposure_max_usdt": LEG_MAX_USDT}
    data["enhanced_sltp"] |= {"horizon_s": HORIZON_S}
    return Settings.model_validate(data)
