"""Binance USDⓈ-M futures: REST, market and user streams, and order entry by WebSocket."""
