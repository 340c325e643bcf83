"""From a model's prediction to a signal, or to none.

An entry is proposed only where the model itself said, on validation, that entries earn money after
costs. A model without such a threshold, and every fallback, proposes nothing by default: no signal
is an answer too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.signal import Direction, Signal

__all__ = ["Opinion", "SignalGenerator", "SignalSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSpec:
    """`cool_down_s` is the pause of an instrument after a signal, by the market's clock.

    `fallback_min_ratio` is the probability from which predictions of a fallback may be followed;
    None, the default, never follows them. `entry_min_ratio` replaces the model's own threshold when
    given: with it an operator overrides what validation found.
    """

    exchange: str
    cool_down_s: int = 900
    fallback_min_ratio: Decimal | None = None
    entry_min_ratio: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("fallback_min_ratio", "entry_min_ratio"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise ValueError(
                    f"{name} {value} must lie strictly between 0 and 1, or be left out"
                )
        if self.cool_down_s < 0:
            raise ValueError(f"cool_down_s {self.cool_down_s} must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What was made of a prediction: a signal, or the reason for none."""

    signal: Signal | None
    reason: str


class SignalGenerator:
    """Remembers when each instrument spoke last, and counts why it was silent."""

    def __init__(self, spec: SignalSpec) -> None:
        self._spec = spec
        self._spoke_us: dict[str, int] = {}
        self.silences: Counter[str] = Counter()

    def create_from_prediction(
        self, prediction: Prediction | Mapping[str, Prediction]
    ) -> Signal | None:
        """A signal in the likelier direction, or None; of several predictions the likeliest.

        The confidence is the calibrated probability that the entry earns money after costs, between
        0 and 1.
        """
        return self.consider(prediction).signal

    def consider(self, prediction: Prediction | Mapping[str, Prediction]) -> Opinion:
        """The same, with the reason where there is no signal."""
        if isinstance(prediction, Mapping):
            if not prediction:
                return self._silent("no prediction")
            prediction = max(prediction.values(), key=_confidence)
        minimum = self._minimum(prediction)
        if minimum is None:
            why = "model has no edge after costs"
            if prediction.source is not PredictionSource.CURRENT:
                why = f"fallback {prediction.source.value} is not followed"
            return self._silent(why)
        if _confidence(prediction) < minimum:
            return self._silent("confidence below the threshold")
        if prediction.win_long_ratio == prediction.win_short_ratio:
            return self._silent("long and short are equally likely")
        last_us = self._spoke_us.get(prediction.symbol)
        cool_down_us = self._spec.cool_down_s * 1_000_000
        if last_us is not None and prediction.ts_event_us - last_us < cool_down_us:
            return self._silent("cool-down")
        self._spoke_us[prediction.symbol] = prediction.ts_event_us
        signal = _signal(self._spec.exchange, prediction)
        return Opinion(signal=signal, reason="")

    def _minimum(self, prediction: Prediction) -> Decimal | None:
        """From which probability on this prediction is followed; None when it never is."""
        if prediction.source is not PredictionSource.CURRENT:
            own = prediction.entry_min_ratio
            allowed = self._spec.fallback_min_ratio
            return allowed if own is None or allowed is None else max(own, allowed)
        return self._spec.entry_min_ratio or prediction.entry_min_ratio

    def _silent(self, reason: str) -> Opinion:
        self.silences[reason] += 1
        return Opinion(signal=None, reason=reason)


def _confidence(prediction: Prediction) -> Decimal:
    return max(prediction.win_long_ratio, prediction.win_short_ratio)


def _signal(exchange: str, prediction: Prediction) -> Signal:
    is_long = prediction.win_long_ratio > prediction.win_short_ratio
    return Signal(
        signal_id=f"ml-{exchange}-{prediction.symbol}-{prediction.ts_event_us}",
        instrument_id=InstrumentId(exchange, prediction.symbol),
        direction=Direction.LONG if is_long else Direction.SHORT,
        confidence_ratio=_confidence(prediction),
        horizon_s=prediction.horizon_s,
        source=f"ml-{prediction.source.value.lower()}:{prediction.model_version}",
        ts_event_us=prediction.ts_event_us,
        stop_ratio=prediction.stop_ratio,
        model_seen_us=prediction.model_seen_us,
    )
