"""The command line of the judge: whatever is wrong is one sentence, and the result is YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from readiness.check import CheckResult, Evidence, Finding, Outcome, Severity
from readiness.wire.command_line import COULD_NOT_RUN, as_document, main


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"market": "bybit,kraken"}, "--market 'kraken' is unknown; give one of bybit,"),
        ({"scenario": ["rain"]}, "--scenario 'rain' is unknown; give one of calm,"),
        ({"position_mode": "both"}, "--position-mode 'both' is unknown"),
        ({"bot": "bot 'x"}, "the bot's command cannot be read"),
        ({"bot": ""}, "the bot's command is empty"),
        ({"env": ["KEY"]}, "--env 'KEY' is no NAME=VALUE"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, Any], said: str
) -> None:
    """One sentence and its own exit code, before anything is started."""
    with pytest.raises(SystemExit) as ended:
        main(**{"bot": "bot", "output": tmp_path, **options})
    assert ended.value.code == COULD_NOT_RUN
    assert f"could not run: {said}" in capsys.readouterr().err


def test_the_result_is_plain_and_worst_comes_first() -> None:
    """Findings with rule, place and fix, then what every session measured."""
    findings = [
        Finding(rule_id=rule, severity=severity, message="m", fix="f")
        for rule, severity in (("W01", Severity.HIGH), ("W05", Severity.CRITICAL))
    ]
    result = CheckResult(
        name="Wire",
        outcome=Outcome.FAILED,
        is_critical=True,
        reason="okx-calm: it ended",
        evidence=(Evidence(what="session bybit-calm", measured="create 1"),),
        findings=tuple(findings),
    )
    document = yaml.safe_load(yaml.safe_dump(as_document(result)))
    assert document["outcome"] == "FAILED"
    assert document["reason"] == "okx-calm: it ended"
    assert [found["rule"] for found in document["findings"]] == ["W05", "W01"]
    assert document["sessions"] == {"bybit-calm": "create 1"}
