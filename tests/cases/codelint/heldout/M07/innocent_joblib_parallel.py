"""joblib for parallel work and dumping; yaml's safe loader."""

import joblib
import yaml
from joblib import Parallel, delayed


def scores(function, rows):
    return Parallel(n_jobs=2)(delayed(function)(row) for row in rows)


def fingerprint(rows) -> str:
    return joblib.hash(rows)


def settings(text: str) -> dict:
    return yaml.safe_load(text)
