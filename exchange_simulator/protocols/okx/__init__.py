"""OKX perpetual swaps: REST, public, private and business WebSockets."""
