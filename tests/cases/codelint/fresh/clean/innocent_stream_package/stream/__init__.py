"""A private stream that is connected, subscribed and reconciled as one thing."""
