"""What v2 offered and v3 no longer does, and critical paths that stayed synchronous."""

from pathlib import Path

from readiness.codelint import Config, analyse


def lost(tmp_path: Path, old: str, new: str, config: Config | None = None) -> list[str]:
    """Rule id and message of the comparison's findings."""
    for name, text in (("old", old), ("new", new)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(text)
    analysis = analyse(tmp_path / "new", tmp_path / "old", config=config)
    return [f"{f.rule_id} {f.message}" for f in analysis.findings if f.rule_id.startswith("V")]


def test_asynchronous_twin_is_a_counterpart(tmp_path: Path) -> None:
    """`check` and `check_async`, `placeOrder` and `place_order` are the same thing."""
    old = "class Risk:\n    def check(self): ...\n    def placeOrder(self): ...\n"
    new = (
        "class Risk:\n    async def check_async(self): ...\n    async def place_order(self): ...\n"
    )
    assert lost(tmp_path, old, new) == []


def test_lost_class_is_one_finding(tmp_path: Path) -> None:
    """The methods of a class that is gone are not counted again."""
    old = "class Exporter:\n    def write(self): ...\n    def read(self): ...\n"
    assert lost(tmp_path, old, "x = 1\n") == ["V01 public name Exporter has no counterpart"]


def test_private_names_are_no_promise(tmp_path: Path) -> None:
    """What begins with an underscore may go."""
    assert lost(tmp_path, "def _inner(): ...\n", "x = 1\n") == []


def test_stated_reason_accepts_the_loss(tmp_path: Path) -> None:
    """The configuration may name what is gone on purpose."""
    config = Config(accepted={"name:export": "replaced by the report"})
    assert lost(tmp_path, "def export(): ...\n", "x = 1\n", config) == []


def test_path_parameters_are_compared_by_place(tmp_path: Path) -> None:
    """The name of a path parameter does not matter."""
    route = "from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get('/orders/{%s}')\n"
    old, new = route % "id" + "def order(): ...\n", route % "order_id" + "def order(): ...\n"
    assert lost(tmp_path, old, new) == []


def test_blocking_critical_path_comes_with_its_chain(tmp_path: Path) -> None:
    """A path that stayed synchronous names the call that blocks."""
    old = "class Engine:\n    def process_signal(self, signal):\n        return signal\n"
    new = (
        "import requests\n\ndef send(url):\n    return requests.post(url, timeout=3)\n\n"
        "class Engine:\n    def process_signal(self, signal):\n        return send(signal.url)\n"
    )
    (message,) = lost(tmp_path, old, new)
    assert message == "V06 process_signal is critical and synchronous; it ends in requests.post"


def test_without_baseline_nothing_is_compared(tmp_path: Path) -> None:
    """The inventory is taken, and nothing is lost against nothing."""
    (tmp_path / "app.py").write_text("def export(): ...\n")
    analysis = analyse(tmp_path)
    assert analysis.findings == ()
    assert analysis.inventory.counts() == {"name": 1}
