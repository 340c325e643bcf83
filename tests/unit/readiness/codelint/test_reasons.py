"""Stated reasons: what v2 offered may be gone on purpose, and only with a reason."""

from pathlib import Path

import pytest

from readiness.codelint.cli import main
from readiness.codelint.reasons import ReasonsFileError, read_reasons


@pytest.fixture
def trees(tmp_path: Path) -> list[str]:
    """Options that name an older tree with a table, and a newer one without."""
    for name, text in (("old", "CREATE TABLE trades (id bigint);\n"), ("new", "-- nothing\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "schema.sql").write_text(text)
        (tmp_path / name / "app.py").write_text("x = 1\n")
    return ["--candidate", str(tmp_path / "new"), "--baseline", str(tmp_path / "old")]


def test_a_reason_answers_a_loss(trees: list[str], tmp_path: Path) -> None:
    """Without a reason a lost table fails; with one it does not."""
    assert main(trees) == 1
    reasons = tmp_path / "reasons.yaml"
    reasons.write_text("table:trades: kept as fills, one row per execution\n")
    assert main([*trees, "--reasons", str(reasons)]) == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- table:trades\n", "expected entries"),
        ("table:trades: ''\n", "has no reason"),
        ("table:trades: gone\n", "has no reason"),
        ("trades: kept as fills\n", "is no entry"),
        ("a: [\n", "not YAML"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(
    trees: list[str], tmp_path: Path, text: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no list of reasons is refused with 3, and never taken for none."""
    reasons = tmp_path / "reasons.yaml"
    reasons.write_text(text)
    assert main([*trees, "--reasons", str(reasons)]) == 3
    said = capsys.readouterr().err
    assert named in said
    assert len(said.splitlines()) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The sentence names the file."""
    with pytest.raises(ReasonsFileError, match=r"none\.yaml"):
        read_reasons(tmp_path / "none.yaml")
