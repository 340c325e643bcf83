"""The wire languages that the exchange speaks, one package each."""
