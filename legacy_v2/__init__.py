"""The synchronous bot that v3 replaces, as users have it: runnable, representative, and frozen."""
