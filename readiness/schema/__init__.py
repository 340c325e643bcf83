"""Is the database what the bot and its users were promised? Read from the live catalogue alone."""
