"""The bot's configuration: one YAML file, read once, every key known, every unit in its name."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from bot_trading.arbitrage_settings import ArbitrageSettings, arbitrage_spec
from bot_trading.domain.account import ForeignPolicy
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.signal import BarrierSpec
from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ConfigError
from bot_trading.exchange_settings import ExchangeName, ExchangeSettings, ExchangesSettings
from bot_trading.risk_settings import RiskSettings, RiskSizing, risk_limits, risk_plan
from bot_trading.sltp_settings import (
    SltpSettings,
    check_trailing_fits,
    exit_policy,
    short_exit_policy,
)
from bot_trading.strategy.momentum import MomentumSpec

__all__ = [
    "DEFAULT_CONFIG",
    "AlertsSettings",
    "ConfigManager",
    "ExchangeSettings",
    "Settings",
    "core_config",
    "load",
]

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "config" / "bot.yaml"

Positive = Annotated[Decimal, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0)]
# A percent below 0.05 or above 50 is taken for a unit mistake (a fraction, or basis points).
Percent = Annotated[Decimal, Field(ge=Decimal("0.05"), le=Decimal(50))]


class _Section(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TradingSettings(_Section):
    """What is traded, where, and on which candles."""

    hedge_mode: bool
    exchanges: Annotated[tuple[ExchangeName, ...], Field(min_length=1)]
    foreign_orders: ForeignPolicy
    symbols: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    candle_interval_s: Literal[60, 180, 300, 900, 1800, 3600, 14400]
    warmup_candles: Annotated[int, Field(ge=10, le=1000)]
    leverage: Annotated[Decimal, Field(ge=1, le=20)]

    @field_validator("hedge_mode")
    @classmethod
    def _hedge_mode_only(cls, value: bool) -> bool:
        if not value:
            raise ValueError("must be true: the bot keeps a long and a short leg apart")
        return value

    @field_validator("symbols", "exchanges")
    @classmethod
    def _none_twice(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"{info.field_name} name one twice")
        return value


class MomentumSettings(_Section):
    """The plain momentum rule."""

    lookback_candles: Annotated[int, Field(ge=1, le=500)]
    threshold_bps: Positive
    cool_down_candles: Annotated[int, Field(ge=0)]
    confidence_ratio: Annotated[Decimal, Field(gt=0, lt=1)]


class ModelSettings(_Section):
    """Signals of a trained model; `fallback_min_ratio` None never follows a fallback."""

    folder: Path
    cool_down_s: Annotated[int, Field(ge=0)]
    fallback_min_ratio: Annotated[Decimal, Field(gt=0, lt=1)] | None


class StrategySettings(_Section):
    """What is traded by: the plain rule, a trained model, or pairs of exchanges, by `source`."""

    source: Literal["momentum", "model", "arbitrage"]
    momentum: MomentumSettings
    model: ModelSettings
    arbitrage: ArbitrageSettings | None = None


class FailoverSettings(_Section):
    """When new legs go to the next exchange, and when they come back."""

    leave_after_s: Annotated[int, Field(ge=0, le=3600)]
    return_after_s: Annotated[int, Field(ge=0, le=86_400)]


class KeysSettings(_Section):
    """A file of keys, NAME=VALUE per line, that only its owner may read; the environment wins."""

    file: Path | None


class AlertsSettings(_Section):
    """Who is told: `addresses_env` names the variable that holds the addresses of people."""

    addresses_env: str
    level: Literal["INFO", "WARNING", "ERROR"]
    group_s: PositiveInt


class DryRunSettings(_Section):
    """The generated market of a dry run; every exchange but the first is `basis_bps` apart."""

    speed: Annotated[Decimal, Field(gt=0, le=100_000)]
    seed: int
    balance_usdt: Positive
    basis_bps: Annotated[Decimal, Field(ge=-1_000, le=1_000)] = Decimal(0)


class LiveSettings(_Section):
    """Trading with real money: the core's name in the database, and how old its report may be."""

    account: str
    report_age_max_s: Annotated[int, Field(gt=0, le=2_592_000)]

    @field_validator("account")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
            raise ValueError("must be small letters, digits and hyphens, 40 at most, such as main")
        return value


class LoggingSettings(_Section):
    """Where logs go."""

    folder: Path
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(_Section):
    """The whole file."""

    trading: TradingSettings
    strategy: StrategySettings
    sizing: RiskSizing
    enhanced_sltp: SltpSettings
    risk: RiskSettings
    exchanges: ExchangesSettings
    failover: FailoverSettings
    keys: KeysSettings
    alerts: AlertsSettings
    dry_run: DryRunSettings
    live: LiveSettings
    logging: LoggingSettings


def load(path: Path = DEFAULT_CONFIG) -> Settings:
    """Read and validate a configuration file.

    Raises `ConfigError` with one sentence that names the file, the key, what was found and what is
    expected; limits that contradict each other are refused here too.
    """
    settings = _validated(path, _read(path))
    try:
        core_config(settings, account="")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return settings


def core_config(settings: Settings, account: str) -> CoreConfig:
    """What the core decides by; raises `ConfigError` for limits that contradict each other."""
    trading, sltp, momentum = settings.trading, settings.enhanced_sltp, settings.strategy.momentum
    limits = risk_limits(settings.risk, trading.symbols)
    reach_ms = max(settings.exchanges.of(name).reach_ms for name in trading.exchanges)
    is_pairs = settings.strategy.source == "arbitrage"
    missing = [name for name in ("BTCUSDT", "ETHUSDT") if name not in trading.symbols]
    if settings.strategy.source == "model" and (missing or trading.candle_interval_s != 300):
        raise ConfigError(
            "strategy.source is model, which reads 5-minute candles of its symbols, BTCUSDT and"
            " ETHUSDT: set trading.candle_interval_s to 300 and name both in trading.symbols"
        )
    if settings.sizing.order_notional_usdt > limits.order_notional_max_usdt:
        raise ConfigError(
            f"sizing.order_notional_usdt {settings.sizing.order_notional_usdt} is above "
            f"risk.order_notional_max_usdt {limits.order_notional_max_usdt}: no entry could pass"
        )
    # Legs of a pair are left together: each has its stop, and neither a ladder nor a target.
    exits = None if is_pairs else exit_policy(sltp)
    short_exits = None if is_pairs else short_exit_policy(sltp)
    check_trailing_fits(trading.exchanges, exits, short_exits)
    return CoreConfig(
        account=account,
        instrument_ids=tuple(
            InstrumentId(exchange, symbol)
            for exchange in trading.exchanges
            for symbol in trading.symbols
        ),
        candle_interval_s=trading.candle_interval_s,
        warmup_candles=trading.warmup_candles,
        momentum=None
        if settings.strategy.source != "momentum"
        else MomentumSpec(
            lookback=momentum.lookback_candles,
            threshold_bps=momentum.threshold_bps,
            cool_down=momentum.cool_down_candles,
            confidence_ratio=momentum.confidence_ratio,
            horizon_s=sltp.horizon_s,
        ),
        order_notional_usdt=settings.sizing.order_notional_usdt,
        barrier=BarrierSpec(
            stop_ratio=sltp.stop_loss_percent / 100,
            target_ratio=sltp.take_profit_percent / 100,
            horizon_s=sltp.horizon_s,
        ),
        limits=limits,
        plan=risk_plan(settings.risk, settings.sizing, trading.symbols, trading.leverage),
        exits=exits,
        short_exits=short_exits,
        reach_us=reach_ms * 1_000,
        leave_after_us=settings.failover.leave_after_s * 1_000_000,
        return_after_us=settings.failover.return_after_s * 1_000_000,
        foreign=trading.foreign_orders,
        arbitrage=arbitrage_spec(settings.strategy.arbitrage, trading.exchanges)
        if is_pairs
        else None,
    )


class ConfigManager:
    """The configuration as plain data, for programs that read it by key."""

    @staticmethod
    def get_config(path: Path = DEFAULT_CONFIG) -> dict[str, Any]:
        """The validated file as nested dictionaries; raises `ConfigError` like `load`."""
        return load(path).model_dump(mode="json")


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = " ".join(str(error).split())
        raise ConfigError(f"{path} is not YAML: {place}") from error


def _validated(path: Path, data: Any) -> Settings:
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no settings: sections such as `trading:` are expected")
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {_explain(first)}") from error


def _explain(error: Any) -> str:
    """What is wrong with one setting, and what would be right."""
    if error["type"] == "extra_forbidden":
        return "this key is not known; remove it or mend its spelling"
    if error["type"] == "missing":
        return "this setting is missing; config/bot.yaml shows it with its reason"
    if error["type"] in ("decimal_type", "decimal_parsing"):
        found = "nothing" if error["input"] is None else repr(error["input"])
        return f"expected a number, found {found}"
    return f"{error['msg'].removeprefix('Value error, ')}, found {error['input']!r}"
