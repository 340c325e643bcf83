"""What the verification demands, read from `config/readiness.yaml`.

Every key must be there and none may be unknown: a threshold that silently keeps another value
than the one its reader typed is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec

__all__ = [
    "Deadlines",
    "DryRun",
    "ExchangeApis",
    "IntegrationTests",
    "Performance",
    "Resilience",
    "RiskManagement",
    "Settings",
    "SettingsRefused",
    "VerdictRules",
    "read_settings",
]

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Ratio = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Seconds = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class SettingsRefused(Exception):
    """The file cannot be used; the message names the file, the key and what was expected."""


class VerdictRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What READY takes; `recall_bound_ratio` is the confidence of the bound of a recall."""

    confidence_min_percent: Percent
    coverage_min_ratio: Ratio
    recall_bound_ratio: Ratio


class Deadlines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long one check may take, by scope."""

    quick_check_s: Seconds
    full_check_s: Seconds


class IntegrationTests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the suite runs in a quick scope, and how long before it is cut off."""

    quick_tests: tuple[str, ...]
    quick_budget_s: Seconds


class DryRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the bot trades against the simulator, by scope, and the time allowed around it."""

    quick_duration_s: Seconds
    full_duration_s: Seconds
    start_and_stop_s: Seconds


class Resilience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many simulated sessions of which length, at how many commits a calm one is killed, and
    how many processes share the work."""

    quick_sessions: Count
    quick_session_s: Seconds
    quick_kill_points: Count
    full_sessions: Count
    full_session_s: Seconds
    full_kill_points: Count
    processes: Count


class ExchangeApis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a bot trades in each scenario of the wire judge, since it first asked for anything,
    and how many of them are watched at a time.
    """

    quick_session_s: Seconds
    full_session_s: Seconds
    places: Count


class RiskManagement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a limit of the bot may be at most, by its name; at least where the name says minimum,
    window or pause."""

    ceilings: Mapping[str, Decimal]


class Performance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long each bot is measured by scope, in blocks of about `block_s` by turns; how many times
    as fast the new one must be, and what it may take at most. Fewer than `samples_min` orders of
    either decide nothing. With --profile each is sampled for `profile_s` afterwards."""

    quick_session_s: Seconds
    full_session_s: Seconds
    block_s: Seconds
    profile_s: Seconds
    ratio_min: Annotated[float, msgspec.Meta(gt=0)]
    ratio_wanted: Annotated[float, msgspec.Meta(gt=0)]
    order_latency_max_ms: Count
    memory_max_mib: Count
    samples_min: Count


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in the file."""

    verdict: VerdictRules
    deadlines: Deadlines
    integration_tests: IntegrationTests
    dry_run: DryRun
    resilience: Resilience
    exchange_apis: ExchangeApis
    performance: Performance
    risk_management: RiskManagement


def read_settings(path: Path) -> Settings:
    """Read and check the file; raises SettingsRefused with one sentence that says what to do."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsRefused(
            f"cannot read {path} ({error.strerror}): restore it from the repository"
        ) from error
    except msgspec.DecodeError as error:
        raise SettingsRefused(
            f"{path}: {error}; correct that key, or restore the file from the repository"
        ) from error
