"""What the learning room refuses: each message names the thing, what was expected, what to do."""

from __future__ import annotations

from bot_trading.errors import BotTradingError

__all__ = ["ArtifactRefused", "CandlesRefused", "ModelError", "PromotionRefused"]


class ModelError(BotTradingError):
    """A model could not be trained, loaded, promoted or used."""


class CandlesRefused(ModelError):
    """Candles or funding are missing, of another shape, or too few."""


class ArtifactRefused(ModelError):
    """A model's files are missing, truncated, altered, of another schema or kind."""


class PromotionRefused(ModelError):
    """The candidate's report does not pass the gates, or there is nothing to promote or roll to."""
