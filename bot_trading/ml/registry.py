"""Which model serves: candidate, current and previous, in one small file that changes atomically.

A candidate becomes current only when its report passes every gate. Rolling back makes the previous
model current again and withdraws the bad one, so that the fallback chain never meets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot_trading.ml.artifact import read_manifest, write_atomically
from bot_trading.ml.refusals import ArtifactRefused, PromotionRefused

__all__ = [
    "Gate",
    "Gates",
    "Slots",
    "check_gates",
    "nominate",
    "promote",
    "read_slots",
    "roll_back",
]

_FILE = "registry.json"
_REPORT = "report.json"


class Slots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Versions by role; a version is the name of a folder beside the registry's file."""

    current: str | None = None
    previous: str | None = None
    candidate: str | None = None
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What a report must show. The calibration error is of the test, with bins of equal count."""

    ece_max: float = 0.03
    brier_skill_low_min: float = 0.0
    shuffled_auc_distance_max: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition with what was measured."""

    name: str
    passed: bool
    measured: str
    limit: str


def read_slots(folder: Path) -> Slots:
    """The registry of a folder of models, empty when it has none; raises `ArtifactRefused`."""
    path = folder / _FILE
    if not path.exists():
        return Slots()
    try:
        slots = msgspec.json.decode(path.read_bytes(), type=Slots)
    except (OSError, msgspec.DecodeError) as error:
        raise ArtifactRefused(
            f"{path} is no registry of models ({error}); restore it, or delete it and promote again"
        ) from error
    named = [slots.current, slots.previous, slots.candidate, *slots.withdrawn]
    if any(name is not None and Path(name).name != name for name in named):
        raise ArtifactRefused(f"{path} names a model outside its folder; restore it")
    return slots


def nominate(folder: Path, version: str) -> Slots:
    """Make a trained model the candidate."""
    return _write(folder, msgspec.structs.replace(read_slots(folder), candidate=version))


def promote(folder: Path, gates: Gates | None = None) -> tuple[Slots, tuple[Gate, ...]]:
    """Make the candidate current when its report passes; raises `PromotionRefused` otherwise."""
    slots = read_slots(folder)
    if slots.candidate is None:
        raise PromotionRefused(f"{folder} has no candidate; train one first")
    results = check_gates(folder / slots.candidate, gates or Gates())
    failed = [gate for gate in results if not gate.passed]
    if failed:
        reasons = "; ".join(f"{gate.name} is {gate.measured}, {gate.limit}" for gate in failed)
        raise PromotionRefused(f"{slots.candidate} stays a candidate: {reasons}")
    is_same = slots.current == slots.candidate
    promoted = msgspec.structs.replace(
        slots,
        current=slots.candidate,
        previous=slots.previous if is_same else slots.current,
        candidate=None,
    )
    return _write(folder, promoted), results


def roll_back(folder: Path) -> Slots:
    """Make the previous model current and withdraw the current one."""
    slots = read_slots(folder)
    if slots.previous is None:
        raise PromotionRefused(
            f"{folder} has no previous model to go back to; the bot falls back to its rule when "
            "the current one is removed"
        )
    read_manifest(folder / slots.previous)
    withdrawn = tuple(dict.fromkeys([*slots.withdrawn, *filter(None, [slots.current])]))
    back = msgspec.structs.replace(
        slots, current=slots.previous, previous=None, withdrawn=withdrawn
    )
    return _write(folder, back)


def check_gates(model_folder: Path, gates: Gates) -> tuple[Gate, ...]:
    """Every gate of the report beside a model; what the report does not say has not passed."""
    manifest = read_manifest(model_folder)
    path = model_folder / _REPORT
    try:
        report = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.DecodeError) as error:
        raise PromotionRefused(f"{path} cannot be read ({error}); train again") from error
    results = [
        Gate(
            name="the report's model",
            passed=report.get("model_sha256") == manifest.sha256,
            measured=str(report.get("model_sha256"))[:12],
            limit=f"expected {manifest.sha256[:12]}: it must speak of this very model",
        )
    ]
    results += _leak_gates(report)
    for side in ("long", "short"):
        results += [
            _number(report, f"test.{side}.ece", high=gates.ece_max),
            _number(report, f"test.{side}.brier_skill.low", low=gates.brier_skill_low_min),
            _number(
                report,
                f"shuffled.{side}.auc",
                low=0.5 - gates.shuffled_auc_distance_max,
                high=0.5 + gates.shuffled_auc_distance_max,
            ),
        ]
    return tuple(results)


def _leak_gates(report: dict[str, object]) -> list[Gate]:
    leaks = report.get("leaks")
    if not isinstance(leaks, list) or not leaks:
        return [
            Gate(name="leak tests", passed=False, measured="missing", limit="every one must pass")
        ]
    return [
        Gate(
            name=f"leak test {leak.get('name')}",
            passed=leak.get("passed") is True,
            measured=str(leak.get("measured")),
            limit=str(leak.get("limit")),
        )
        for leak in leaks
        if isinstance(leak, dict)
    ]


def _number(
    report: dict[str, object], path: str, *, low: float | None = None, high: float | None = None
) -> Gate:
    value: object = report
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    bounds = [f"at least {low:g}"] if low is not None else []
    bounds += [f"at most {high:g}"] if high is not None else []
    known = isinstance(value, int | float) and value == value
    passed = (
        isinstance(value, int | float)
        and known
        and (low is None or value >= low)
        and (high is None or value <= high)
    )
    measured = f"{value:.4f}" if isinstance(value, int | float) else "missing"
    return Gate(
        name=path, passed=passed, measured=measured, limit=f"must be {' and '.join(bounds)}"
    )


def _write(folder: Path, slots: Slots) -> Slots:
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / _FILE, msgspec.json.format(msgspec.json.encode(slots), indent=1))
    return slots
