"""The bot, v3: asynchronous, hedge mode, protected legs, one writer of state."""
