"""Bybit V5 linear perpetuals: REST, public, private and trade WebSockets, as bytes in and out."""
