from bot.io.journal import append_event as write_event

__all__ = ["write_event"]
