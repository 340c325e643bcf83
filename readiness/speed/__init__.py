"""How fast each bot turns a closed candle into an order, by the exchange's clock."""
