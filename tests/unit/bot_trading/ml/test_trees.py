"""The walk through the trees is LightGBM to the last bit, and refuses what it cannot read."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from bot_trading.ml.arrays import Floats
from bot_trading.ml.learner import Params, Task, fit, raw_of
from bot_trading.ml.refusals import ArtifactRefused
from bot_trading.ml.trees import calibrated_scores, join, parse_forest, raw_scores

NAMES = [f"f{i}" for i in range(12)]
TEXT_KEYS = ("split_feature", "leaf_value", "left_child")


def awkward_rows(count: int, seed: int) -> Floats:
    """Rows with NaN, exact zeros, tiny, huge and infinite values among normal ones."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, len(NAMES)))
    rows[:, :3] = rows[:, :3].round(0)
    for value in (np.nan, 0.0, 1e-36, -1e-36, 1e300, np.inf, -np.inf):
        rows[rng.random(rows.shape) < 0.02] = value
    return rows


def question(count: int = 3_000) -> Task:
    rows = awkward_rows(count, 1)
    finite = np.nan_to_num(rows[:, 4], posinf=1, neginf=-1).clip(-3, 3)
    outcome = (finite + np.random.default_rng(2).normal(size=count) > 0).astype(np.float64)
    return Task(rows=rows, outcome=outcome, weight=np.ones(count))


def boosters() -> list[lgb.Booster]:
    """Models with each way of treating what is missing."""
    task = question()
    ours = fit(task, Params(trees=30, leaves=31, rows_in_leaf_min=5), NAMES, seed=1)
    found = [ours]
    for extra in ({"zero_as_missing": True}, {"use_missing": False}, {"boost_from_average": False}):
        data = lgb.Dataset(task.rows, task.outcome)
        settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, **extra}
        found.append(lgb.train(settings, data, num_boost_round=15))
    return found


def test_the_walk_equals_lightgbm_exactly() -> None:
    """Raw scores agree bit by bit on rows with NaN, zeros and infinities, in every missing mode."""
    rows = awkward_rows(4_000, 3)
    for booster in boosters():
        forest = parse_forest(booster.model_to_string())
        np.testing.assert_array_equal(raw_scores(forest, rows)[:, 0], raw_of(booster, rows))


def test_one_row_equals_many() -> None:
    """A row's score does not depend on its company."""
    forest = parse_forest(boosters()[0].model_to_string())
    rows = awkward_rows(50, 4)
    single = [raw_scores(forest, rows[at : at + 1])[0, 0] for at in range(50)]
    np.testing.assert_array_equal(raw_scores(forest, rows)[:, 0], single)


def test_joined_forests_answer_side_by_side() -> None:
    """Each column of joined forests is the score of one of them, to the last bit."""
    forests = [parse_forest(booster.model_to_string()) for booster in boosters()]
    rows = awkward_rows(300, 5)
    columns = [raw_scores(forest, rows)[:, 0] for forest in forests]
    np.testing.assert_array_equal(raw_scores(join(forests), rows), np.stack(columns, axis=1))
    plain = [forest.is_plain for forest in forests]
    assert plain == [True, False, True, True]


def test_probabilities_are_the_sigmoid_of_the_scores() -> None:
    """Each column has a slope and an offset of its own, and no answer is a certainty."""
    forests = [parse_forest(booster.model_to_string()) for booster in boosters()[:2]]
    rows = awkward_rows(300, 6)
    slope, offset = np.array([0.7, 1e9]), np.array([-0.2, 0.0])
    found = calibrated_scores(join(forests), slope, offset, rows)
    raw = raw_scores(forests[0], rows)[:, 0]
    np.testing.assert_allclose(found[:, 0], 1 / (1 + np.exp(0.2 - 0.7 * raw)), rtol=1e-12)
    assert ((found > 0) & (found < 1)).all()


def test_trees_without_splits_add_their_leaf() -> None:
    """A model that learned nothing is one leaf, and answers it."""
    task = Task(
        rows=np.zeros((100, 12)), outcome=np.r_[np.ones(30), np.zeros(70)], weight=np.ones(100)
    )
    booster = fit(task, Params(trees=3), NAMES, seed=1)
    forest = parse_forest(booster.model_to_string())
    np.testing.assert_array_equal(
        raw_scores(forest, task.rows[:2])[:, 0], raw_of(booster, task.rows[:2])
    )


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.9])
def test_a_torn_file_is_refused(share: float) -> None:
    """A model text that was cut off is never half-used."""
    text = boosters()[0].model_to_string()
    with pytest.raises(ArtifactRefused, match="no whole LightGBM text model"):
        parse_forest(text[: int(text.index("end of trees") * share)])


@pytest.mark.parametrize("key", TEXT_KEYS)
def test_a_line_with_too_few_values_is_refused(key: str) -> None:
    """A tree whose arrays do not fit each other is refused by name."""
    lines = boosters()[0].model_to_string().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{key}="))
    lines[at] = lines[at].rsplit(" ", 1)[0]
    with pytest.raises(ArtifactRefused, match=key):
        parse_forest("\n".join(lines))


def test_foreign_splits_and_objectives_are_refused() -> None:
    """Another objective, a feature beyond the schema and a child beyond its tree are refused."""
    text = boosters()[0].model_to_string()
    with pytest.raises(ArtifactRefused, match="expected 'binary'"):
        parse_forest(text.replace("objective=binary", "objective=regression"))
    with pytest.raises(ArtifactRefused, match="feature that the model does not have"):
        parse_forest(text.replace("max_feature_idx=11", "max_feature_idx=1"))
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        parse_forest(text.replace("max_feature_idx=11", "max_feature_idx=many"))
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("left_child="))
    lines[at] = "left_child=" + " ".join(["29999"] * len(lines[at].split()))
    with pytest.raises(ArtifactRefused, match="beyond its tree"):
        parse_forest("\n".join(lines))
