"""Labels, their places, and what counts as found, missed or a false alarm."""

from pathlib import Path

import pytest

from readiness.codelint.score import score_folder

SLEEP = "import time\n\nasync def f():\n    time.sleep(1){label}\n"


def a_case(folder: Path, name: str, text: str) -> None:
    """Write one case of rule D05."""
    (folder / "D05").mkdir(exist_ok=True)
    path = folder / "D05" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_found_site_counts_for_recall_and_precision(tmp_path: Path) -> None:
    """A finding on the labelled statement finds it."""
    a_case(tmp_path, "guilty.py", SLEEP.format(label="  # expect: D05"))
    counts = score_folder(tmp_path).rules["D05"]
    assert (counts.sites, counts.found, counts.false_alarms) == (1, 1, 0)
    assert (counts.recall, counts.precision) == (1.0, 1.0)


def test_missed_site_is_named(tmp_path: Path) -> None:
    """A label without a finding is a miss with its place."""
    a_case(tmp_path, "guilty.py", "x = 1  # expect: D05\n")
    score = score_folder(tmp_path)
    assert score.rules["D05"].recall == 0.0
    assert score.missed == ["D05/guilty.py guilty.py:1 D05"]


def test_any_finding_in_an_innocent_case_is_a_false_alarm(tmp_path: Path) -> None:
    """Innocent cases stay silent under every rule."""
    a_case(tmp_path, "innocent.py", SLEEP.format(label=""))
    score = score_folder(tmp_path)
    assert score.rules["D05"].false_alarms == 1
    assert (score.innocent, score.innocent_with_alarm) == (1, 1)


def test_alternatives_and_tags_are_one_site(tmp_path: Path) -> None:
    """`A|B` takes either rule, `@tag` takes either place."""
    label = "  # expect: D06|D05@a"
    text = f"import time\n\nasync def f():\n    x = 1{label}\n    time.sleep(x){label}\n"
    a_case(tmp_path, "guilty.py", text)
    score = score_folder(tmp_path)
    assert score.rules["D06"].sites == score.rules["D06"].found == 1
    assert score.wrong == []


def test_label_counts_on_any_line_of_its_statement(tmp_path: Path) -> None:
    """A statement over several lines is one place."""
    text = "import time\n\nasync def f():\n    time.sleep(\n        1  # expect: D05\n    )\n"
    a_case(tmp_path, "guilty.py", text)
    assert score_folder(tmp_path).missed == []


def test_expect_file_labels_files_without_comments(tmp_path: Path) -> None:
    """A folder's EXPECT file names path, line and rule."""
    a_case(tmp_path, "guilty/bot.py", SLEEP.format(label=""))
    a_case(tmp_path, "guilty/EXPECT", "bot.py:4 D05\n")
    assert score_folder(tmp_path).rules["D05"].found == 1


def test_malformed_label_is_refused(tmp_path: Path) -> None:
    """A label that cannot be read names itself."""
    a_case(tmp_path, "guilty.py", SLEEP.format(label="  # expect: D05 and more"))
    with pytest.raises(ValueError, match="expected RULE"):
        score_folder(tmp_path)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    """A folder that does not exist names itself."""
    with pytest.raises(FileNotFoundError, match="no such folder"):
        score_folder(tmp_path / "nowhere")
