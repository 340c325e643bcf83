"""The command line: exit codes, JSON, SARIF, known findings, and one clear sentence per mistake."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from readiness.codelint.cli import main

BLOCKS = """\
import requests

def read(url):
    return requests.get(url, timeout=3)

async def ticker(url):
    return read(url)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one finding that has a chain."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "bot.py").write_text(BLOCKS)
    return root


def test_finding_is_exit_code_one_with_its_chain(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table names the rule, the place and each step to the primitive."""
    assert main(["analyse", "--candidate", str(tree)]) == 1
    out = capsys.readouterr().out
    assert "D07" in out
    assert "bot.py:7" in out
    assert "via bot.py:4  requests.get" in out


def test_clean_tree_is_exit_code_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found, nothing failed."""
    (tmp_path / "bot.py").write_text("x = 1\n")
    assert main(["--candidate", str(tmp_path)]) == 0
    assert "0 findings" in capsys.readouterr().out


def test_missing_tree_is_exit_code_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could not run says so in one sentence."""
    assert main(["--candidate", str(tmp_path / "nowhere")]) == 3
    assert "no such file or folder" in capsys.readouterr().err


def test_json_carries_everything_that_was_promised(tree: Path, tmp_path: Path) -> None:
    """Rule id, kind, severity, path, lines, message and chain."""
    target = tmp_path / "out.json"
    main(["--candidate", str(tree), "--json", str(target)])
    (finding,) = json.loads(target.read_text())["findings"]
    assert finding["rule_id"] == "D07"
    assert (finding["kind"], finding["severity"]) == ("fail", "HIGH")
    assert (finding["path"], finding["start_line"], finding["end_line"]) == ("bot.py", 7, 7)
    assert [step["line"] for step in finding["chain"]] == [7, 4]


def sarif_of(tree: Path, target: Path) -> dict[str, Any]:
    """The one run of the SARIF document."""
    main(["--candidate", str(tree), "--sarif", str(target)])
    document = json.loads(target.read_text())
    assert document["version"] == "2.1.0"
    run: dict[str, Any] = document["runs"][0]
    return run


def test_sarif_has_code_flows_and_fingerprints(tree: Path, tmp_path: Path) -> None:
    """The chain is a code flow, and the fingerprint survives a move of the lines."""
    (first,) = sarif_of(tree, tmp_path / "a.sarif")["results"]
    steps = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert len(steps) == 2
    (tree / "bot.py").write_text("# moved\n\n\n" + BLOCKS)
    (second,) = sarif_of(tree, tmp_path / "b.sarif")["results"]
    assert second["partialFingerprints"] == first["partialFingerprints"]
    assert second["locations"] != first["locations"]


def test_sarif_names_what_was_not_analysed(tree: Path, tmp_path: Path) -> None:
    """A file that could not be read is a notification of the run."""
    (tree / "bad file.py").write_text("def broken(:")
    run = sarif_of(tree, tmp_path / "a.sarif")
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    uri = note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "bad%20file.py"


def test_equal_findings_have_different_fingerprints(tree: Path, tmp_path: Path) -> None:
    """Two findings with the same words are two alerts."""
    (tree / "bot.py").write_text(BLOCKS + "\nasync def ticker_2(url):\n    return read(url)\n")
    results = sarif_of(tree, tmp_path / "a.sarif")["results"]
    marks = {result["partialFingerprints"]["readiness/v1"] for result in results}
    assert len(marks) == len(results) == 2


def test_known_findings_do_not_fail_and_new_ones_do(tree: Path, tmp_path: Path) -> None:
    """A team adopts the analysis on old code: only what is new fails."""
    known = tmp_path / "known.json"
    assert main(["--candidate", str(tree), "--write-known", str(known)]) == 1
    assert main(["--candidate", str(tree), "--known", str(known)]) == 0
    (tree / "bot.py").write_text(
        "import time\n" + BLOCKS + "    time.sleep(1)\n\nasync def g():\n    time.sleep(2)\n"
    )
    assert main(["--candidate", str(tree), "--known", str(known)]) == 1


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"known": {"a": "b"}}'])
def test_bad_known_file_is_exit_code_three(
    tree: Path, tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of known findings that is none is refused, never taken for empty."""
    known = tmp_path / "known.json"
    if content is not None:
        known.write_text(content)
    assert main(["--candidate", str(tree), "--known", str(known)]) == 3
    assert "known.json" in capsys.readouterr().err


def test_rules_can_be_turned_off(tree: Path) -> None:
    """`--off` leaves a rule out."""
    assert main(["--candidate", str(tree), "--off", "D07"]) == 0


def test_score_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Precision and recall per rule, and exit code 0 only when nothing is missed or wrong."""
    case = tmp_path / "D05"
    case.mkdir()
    (case / "guilty.py").write_text(
        "import time\n\nasync def f():\n    time.sleep(1)  # expect: D05\n"
    )
    assert main(["score", str(tmp_path)]) == 0
    assert "1 of 1 sites found" in capsys.readouterr().out


def test_it_runs_as_a_module(tree: Path) -> None:
    """`python -m readiness.codelint` is the same door."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module.
        [sys.executable, "-m", "readiness.codelint", "--candidate", str(tree)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "D07" in done.stdout
