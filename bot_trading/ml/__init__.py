"""Models: candles to labels, training, evaluation, artifacts, and serving with a fallback."""
