"""A signal only where the model itself found an edge after costs; otherwise a reason for none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.signal import Direction
from bot_trading.strategy.ml_signal import SignalGenerator, SignalSpec

MINUTE_US = 60_000_000


def prediction(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "win_long_ratio": Decimal("0.61"),
        "win_short_ratio": Decimal("0.22"),
        "entry_min_ratio": Decimal("0.55"),
        "stop_ratio": Decimal("0.006"),
        "horizon_s": 900,
        "source": PredictionSource.CURRENT,
        "model_version": "m1",
        "ts_event_us": 1_000 * MINUTE_US,
    }
    return Prediction(**(parts | changes))


def generator(**changes: Any) -> SignalGenerator:
    return SignalGenerator(SignalSpec(**({"exchange": "bybit"} | changes)))


def test_a_likely_long_becomes_a_signal() -> None:
    """Direction, confidence, horizon, stop, source and id all come from the prediction."""
    signal = generator().create_from_prediction(prediction())
    assert signal is not None
    assert (signal.direction, signal.confidence_ratio) == (Direction.LONG, Decimal("0.61"))
    assert 0 < signal.confidence_ratio < 1
    assert signal.horizon_s == 900
    assert signal.stop_ratio == Decimal("0.006")
    assert signal.source == "ml-current:m1"
    assert signal.signal_id == f"ml-bybit-BTCUSDT-{1_000 * MINUTE_US}"
    assert str(signal.instrument_id) == "BTCUSDT.bybit"


def test_a_likely_short_becomes_one_too() -> None:
    """The likelier side is the direction."""
    turned = prediction(win_long_ratio=Decimal("0.2"), win_short_ratio=Decimal("0.7"))
    signal = generator().create_from_prediction(turned)
    assert signal is not None
    assert signal.direction is Direction.SHORT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"win_long_ratio": Decimal("0.5499")}, "confidence below the threshold"),
        ({"entry_min_ratio": None}, "model has no edge after costs"),
        (
            {"win_long_ratio": Decimal("0.6"), "win_short_ratio": Decimal("0.6")},
            "long and short are equally likely",
        ),
        ({"source": PredictionSource.PREVIOUS}, "fallback PREVIOUS is not followed"),
        (
            {"source": PredictionSource.RULE, "entry_min_ratio": None},
            "fallback RULE is not followed",
        ),
    ],
)
def test_silence_has_a_reason(changes: dict[str, Any], reason: str) -> None:
    """No signal is an answer, and it is counted under its reason."""
    silent = generator()
    assert silent.consider(prediction(**changes)).reason == reason
    assert silent.create_from_prediction(prediction(**changes)) is None
    assert silent.silences[reason] == 2


def test_the_threshold_itself_is_enough() -> None:
    """A confidence equal to the threshold is followed."""
    at = prediction(win_long_ratio=Decimal("0.55"))
    assert generator().create_from_prediction(at) is not None


def test_a_fallback_is_followed_only_under_a_stricter_bar() -> None:
    """With a bar of its own a fallback needs that bar and the model's own threshold."""
    allowing = generator(fallback_min_ratio=Decimal("0.6"), cool_down_s=0)
    previous = {"source": PredictionSource.PREVIOUS}
    assert allowing.create_from_prediction(prediction(**previous)) is not None
    below = prediction(**previous, win_long_ratio=Decimal("0.59"))
    assert allowing.create_from_prediction(below) is None
    strict = prediction(**previous, entry_min_ratio=Decimal("0.8"))
    assert allowing.create_from_prediction(strict) is None
    rule = prediction(source=PredictionSource.RULE, entry_min_ratio=None)
    assert allowing.create_from_prediction(rule) is not None


def test_an_operator_may_override_the_threshold() -> None:
    """A threshold in the settings replaces the one that validation found, or did not find."""
    overriding = generator(entry_min_ratio=Decimal("0.3"))
    assert overriding.create_from_prediction(prediction(entry_min_ratio=None)) is not None


def test_the_cool_down_is_per_instrument() -> None:
    """After a signal an instrument is silent for the pause; another one is not."""
    cooling = generator(cool_down_s=600)
    assert cooling.create_from_prediction(prediction()) is not None
    later = prediction(ts_event_us=1_005 * MINUTE_US)
    assert cooling.consider(later).reason == "cool-down"
    other = prediction(ts_event_us=1_005 * MINUTE_US, symbol="ETHUSDT")
    assert cooling.create_from_prediction(other) is not None
    assert cooling.create_from_prediction(prediction(ts_event_us=1_010 * MINUTE_US)) is not None


def test_the_likeliest_of_many_speaks() -> None:
    """Of a mapping of predictions the most confident one becomes the signal; none gives none."""
    many = {
        "BTCUSDT": prediction(),
        "ETHUSDT": prediction(symbol="ETHUSDT", win_short_ratio=Decimal("0.7")),
    }
    signal = generator().create_from_prediction(many)
    assert signal is not None
    assert signal.instrument_id.symbol == "ETHUSDT"
    assert signal.direction is Direction.SHORT
    assert generator().consider({}).reason == "no prediction"


@pytest.mark.parametrize(
    "changes",
    [
        {"cool_down_s": -1},
        {"fallback_min_ratio": Decimal(1)},
        {"entry_min_ratio": Decimal(0)},
    ],
)
def test_a_wrong_spec_is_refused(changes: dict[str, Any]) -> None:
    """A negative pause and a threshold outside 0 to 1 are refused by name."""
    with pytest.raises(ValueError, match=next(iter(changes))):
        generator(**changes)
