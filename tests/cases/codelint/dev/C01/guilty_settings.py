"""Settings of the engine."""

TRADING = {
    "symbols": ["BTCUSDT", "ETHUSDT"],
    "hedge_mode": False,  # expect: C01
    "category": "linear",
}
