"""OKX V5, USDT-margined perpetual swaps in long/short mode."""
