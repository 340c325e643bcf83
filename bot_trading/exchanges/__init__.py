"""Clients of real exchanges: thin, native, typed; one folder per exchange."""
