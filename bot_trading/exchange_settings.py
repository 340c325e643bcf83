"""Where each exchange is, how long it may take, and which environment variables hold its keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

__all__ = ["EXCHANGES", "ExchangeName", "ExchangeSettings", "ExchangesSettings"]

ExchangeName = Literal["bybit", "binance", "okx"]
PositiveInt = Annotated[int, Field(gt=0)]

# What one exchange is told beyond what all are told.
_OWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "bybit": frozenset({"ws_trade_url", "recv_window_ms"}),
        "binance": frozenset({"ws_market_url", "key_url", "recv_window_ms"}),
        "okx": frozenset({"ws_business_url", "api_passphrase_env", "margin_mode", "is_demo"}),
    }
)
EXCHANGES = tuple(_OWN)
_OKX_WINDOW_MS = 30_000  # OKX refuses requests older than 30 seconds (code 50102), and asks no one.


class ExchangeSettings(BaseModel):
    """One exchange; what it does not take is None. Keys are named, not held."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rest_url: str
    ws_public_url: str
    ws_private_url: str
    ws_trade_url: str | None = None
    ws_market_url: str | None = None
    ws_business_url: str | None = None
    key_url: str | None = None
    api_key_env: str
    api_secret_env: str
    api_passphrase_env: str | None = None
    is_demo: bool | None = None
    margin_mode: Literal["cross", "isolated"] | None = None
    recv_window_ms: Annotated[int, Field(gt=0, le=60_000)] | None = None
    submit_timeout_ms: PositiveInt
    read_timeout_ms: PositiveInt
    data_age_max_ms: PositiveInt
    entry_age_max_ms: PositiveInt

    @property
    def window_ms(self) -> int:
        """How far a request's time may be from the exchange's clock."""
        return _OKX_WINDOW_MS if self.recv_window_ms is None else self.recv_window_ms

    @property
    def reach_ms(self) -> int:
        """How long after its decision an entry may still arrive."""
        return self.entry_age_max_ms + self.submit_timeout_ms + self.window_ms


class ExchangesSettings(BaseModel):
    """One entry per exchange that the bot can speak to; `trading.exchanges` says which it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bybit: ExchangeSettings
    binance: ExchangeSettings
    okx: ExchangeSettings

    @field_validator("bybit", "binance", "okx")
    @classmethod
    def _exactly_its_own(cls, value: ExchangeSettings, info: ValidationInfo) -> ExchangeSettings:
        name = str(info.field_name)
        for key in sorted(frozenset[str]().union(*_OWN.values())):
            is_given, is_own = getattr(value, key) is not None, key in _OWN[name]
            if is_own and not is_given:
                raise ValueError(f"{key} is missing; config/bot.yaml shows it with its reason")
            if is_given and not is_own:
                raise ValueError(f"{name} takes no {key}; remove it")
        return value

    def of(self, name: str) -> ExchangeSettings:
        """The settings of an exchange by its name, one of `EXCHANGES`."""
        found: ExchangeSettings = getattr(self, name)
        return found
