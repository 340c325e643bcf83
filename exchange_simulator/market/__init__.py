"""Where prices come from: candles, the path inside them, and the liquidity around it."""
