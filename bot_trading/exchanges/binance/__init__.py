"""Binance USDⓈ-M futures, USDT perpetuals in hedge mode."""
