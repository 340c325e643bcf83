"""Bad input is named with its reason, lowers the coverage, and never stops the analysis."""

import os
import textwrap
from pathlib import Path

import pytest

from readiness.codelint import analyse
from readiness.codelint.sources import FILE_BYTES_MAX, parse_python, read_sources

GOOD = "def double(x):\n    return 2 * x\n"


def reasons(root: Path) -> dict[str, str]:
    """Path to reason of everything that was not analysed."""
    return {missed.path: missed.reason for missed in analyse(root).not_analysed}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"def broken(:\n", "syntax error"),
        (b"print 'hello'\n", "Python 2"),
        (b"try:\n    x()\nexcept E, e:\n    pass\n", "Python 2"),
        ("name = 'é'\n".encode("latin-1"), "unreadable encoding"),
        (b"# -*- coding: no-such-codec -*-\nx = 1\n", "unreadable encoding"),
        (b"x = 1\0\n", "null bytes"),
        (b"# @generated\nx = 1\n", "generated"),
        (b"x = '" + b"a" * 30_000 + b"'\n", "characters"),
        (b"x = " + b"-" * 300 + b"1\n", "nested"),
        (b"x = " + b"+".join([b"1"] * 5_000) + b"\n", "nested"),
    ],
)
def test_file_that_cannot_be_read_is_named(tmp_path: Path, raw: bytes, reason: str) -> None:
    """Each kind of unreadable file is named, and the readable one beside it is analysed."""
    (tmp_path / "bad.py").write_bytes(raw)
    (tmp_path / "good.py").write_text(GOOD)
    analysis = analyse(tmp_path)
    assert [missed.path for missed in analysis.not_analysed] == ["bad.py"]
    assert reason in analysis.not_analysed[0].reason
    assert analysis.coverage_ratio == 0.5


@pytest.mark.parametrize("name", ["big.py", "dump.sql", "big.yaml"])
def test_enormous_file_is_named(tmp_path: Path, name: str) -> None:
    """A file beyond the limit is not parsed, whatever it holds."""
    (tmp_path / name).write_text("x = 1\n" * (FILE_BYTES_MAX // 6 + 10))
    assert "enormous" in reasons(tmp_path)[name]


@pytest.mark.parametrize("name", ["deep.json", "deep.yaml"])
@pytest.mark.parametrize("depth", [150, 100_000])
def test_settings_nested_beyond_reason_are_named(tmp_path: Path, name: str, depth: int) -> None:
    """A list in a list in a list… neither ends the process nor keeps it for minutes."""
    (tmp_path / name).write_text("[" * depth + "]" * depth)
    assert "nested too deeply" in reasons(tmp_path)[name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("opened.sql", "CREATE TABLE t (\n" * 20_000),
        ("wide.sql", "CREATE TABLE t (a int" + ", a int" * 60_000 + ");"),
        ("dashes.sql", "-" * 300_000),
        ("section.ini", "[" * 200_000),
        ("spaces.env", "A = b" + " " * 300_000 + "c"),
        ("sums.py", "def f(x):\n" + "".join(f"    x = x + y{n}\n" for n in range(8_000))),
        ("chain.py", "".join(f"def a{n}(): a{n + 1}()\n" for n in range(3_000))),
    ],
)
def test_text_that_invites_a_square_of_work_is_read(tmp_path: Path, name: str, text: str) -> None:
    """Each of these kept an earlier reader for minutes; now the suite's own limit is far away."""
    (tmp_path / name).write_text(text)
    analysis = analyse(tmp_path)
    assert (analysis.findings, analysis.not_analysed) == ((), ())


def test_notebook_is_named(tmp_path: Path) -> None:
    """Notebooks are not read, and said so."""
    (tmp_path / "study.ipynb").write_text("{}")
    assert "notebook" in reasons(tmp_path)["study.ipynb"]


def test_symbolic_links_are_named_and_never_followed(tmp_path: Path) -> None:
    """A cycle of links ends, and each link is named."""
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "alias.py").symlink_to(tmp_path / "good.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / ".env").symlink_to(tmp_path / "nowhere")
    (tmp_path / "tables.sql").symlink_to("tables.sql")
    assert set(reasons(tmp_path)) == {"loop", "alias.py", "gone.py", ".env", "tables.sql"}


def test_unreadable_folder_is_named(tmp_path: Path) -> None:
    """What may not be opened is named; root may open everything, so that run proves nothing."""
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    assert "unreadable" in reasons(tmp_path)["locked"]


def test_hostile_names_are_carried_as_text(tmp_path: Path) -> None:
    """Names with line breaks, quotes and bytes that are no text neither crash nor vanish."""
    names = [b"a\nb.py", b"quote'\".py", b"\xff\xfe.py", "файл.py".encode(), b"-rf.py", b"$(x).py"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as handle:
            handle.write(b"def broken(:\n")
    found = reasons(tmp_path)
    assert len(found) == len(names)
    for path in found:
        path.encode("utf-8")


def test_folders_of_tools_are_named_as_excluded(tmp_path: Path) -> None:
    """An environment is skipped, and the analysis says which."""
    environment = tmp_path / "my-env"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text("")
    (environment / "lib.py").write_text("def broken(:")
    analysis = analyse(tmp_path)
    assert analysis.excluded == ("my-env",)
    assert analysis.not_analysed == ()


def test_missing_tree_is_one_clear_sentence(tmp_path: Path) -> None:
    """A root that does not exist names itself and says what to do."""
    with pytest.raises(FileNotFoundError, match="no such file or folder; name the folder"):
        analyse(tmp_path / "nowhere")


def test_empty_tree_covers_nothing(tmp_path: Path) -> None:
    """Nothing analysed is no full coverage."""
    assert analyse(tmp_path).coverage_ratio == 0.0


def test_single_file_can_be_analysed(tmp_path: Path) -> None:
    """The root may be a file."""
    path = tmp_path / "one.py"
    path.write_text("import time\n\nasync def f():\n    time.sleep(1)\n")
    assert [finding.rule_id for finding in analyse(path).findings] == ["D05"]


def test_code_is_never_imported_or_run(tmp_path: Path) -> None:
    """Reading a module that would leave a trace leaves none."""
    trace = tmp_path / "trace"
    (tmp_path / "evil.py").write_text(f"open({str(trace)!r}, 'w').write('ran')\n")
    analyse(tmp_path)
    assert not trace.exists()


def test_other_line_ends_keep_line_numbers(tmp_path: Path) -> None:
    """Windows line ends and a byte order mark change nothing."""
    text = "\ufeffimport time\r\n\r\nasync def f():\r\n    time.sleep(1)\r\n"
    (tmp_path / "win.py").write_bytes(text.encode("utf-8"))
    (finding,) = analyse(tmp_path).findings
    assert finding.location is not None
    assert finding.location.line == 4


def test_declared_encoding_is_honoured(tmp_path: Path) -> None:
    """Latin-1 with its declaration is readable."""
    (tmp_path / "old.py").write_bytes("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"))
    assert analyse(tmp_path).not_analysed == ()


def test_module_names_follow_the_path() -> None:
    """Packages lose their __init__, and tests are known by their path."""
    package = parse_python(b"x = 1\n", "bot/core/__init__.py")
    test = parse_python(b"x = 1\n", "tests/unit/test_x.py")
    assert getattr(package, "name", "") == "bot.core"
    assert getattr(test, "is_test", False)


def test_lines_are_those_that_were_read(tmp_path: Path) -> None:
    """Lines count what was analysed, not what was missed."""
    (tmp_path / "good.py").write_text(textwrap.dedent(GOOD))
    (tmp_path / "bad.py").write_text("def broken(:\n" * 50)
    assert read_sources(tmp_path).lines == 3


@pytest.mark.parametrize("name", ["bot.yaml", "bot.json"])
def test_broken_configuration_is_named(tmp_path: Path, name: str) -> None:
    """A configuration file that cannot be parsed is not taken for an empty one."""
    (tmp_path / name).write_text("trading: [1, 2\nhedge_mode: false\n")
    assert "syntax error" in reasons(tmp_path)[name]
