"""M01 to M10: features, training and prediction."""

from __future__ import annotations

from readiness.codelint.rulebook.entry import CRITICAL, HIGH, MEDIUM, Rule

__all__ = ["LEARNING"]

LEARNING = (
    Rule(
        "M01",
        CRITICAL,
        "Feature looks into the future",
        "The back-test earns money that cannot be earned.",
        "Shift by positive steps; negative shifts belong to labels only.",
    ),
    Rule(
        "M02",
        CRITICAL,
        "Centred window",
        "Half of the window lies in the future.",
        "Use trailing windows.",
    ),
    Rule(
        "M03",
        HIGH,
        "Scaler fitted on all data",
        "The test fold is known to the training.",
        "Fit on the training fold and transform the rest.",
    ),
    Rule(
        "M04",
        HIGH,
        "Time series split at random",
        "Neighbouring candles lie on both sides: the score is memory, not skill.",
        "Split by time, with purge and embargo.",
    ),
    Rule(
        "M05",
        HIGH,
        "Features without an order",
        "The model reads one feature as another, and answers all the same.",
        "Select columns by the ordered list of the model's schema.",
    ),
    Rule(
        "M06",
        MEDIUM,
        "Missing values filled with an invention",
        "A gap becomes a price of zero, or a value from the future.",
        "Drop the warm-up, refuse gaps, or fill forward with a mark.",
    ),
    Rule(
        "M07",
        HIGH,
        "Model read from pickle",
        "Loading runs whatever code the file holds, and breaks with the next library version.",
        "Use a text, JSON or ONNX artifact with a checksum.",
    ),
    Rule(
        "M08",
        HIGH,
        "Training and serving compute a feature differently",
        "The live model sees numbers that it was never trained on.",
        "Compute features in one function that both call.",
    ),
    Rule(
        "M09",
        CRITICAL,
        "Class order assumed or swapped",
        "Buy and sell are exchanged, with high confidence.",
        "Read the column from model.classes_.",
    ),
    Rule(
        "M10",
        CRITICAL,
        "One prediction for several symbols",
        "Every symbol trades on one symbol's signal.",
        "Key the cache by symbol and candle, and predict per symbol.",
    ),
)
