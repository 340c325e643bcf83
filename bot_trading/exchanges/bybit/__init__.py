"""Bybit V5, USDT perpetuals in hedge mode."""
