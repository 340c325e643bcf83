"""Revisions: the list in the code is the chain of the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot_trading.errors import StoreError
from bot_trading.storage import schema
from bot_trading.storage.revisions import REVISIONS, refuse_unknown


def test_the_release_knows_its_own_migrations() -> None:
    """The list of revisions is the chain of migration files, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    chain = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in chain)[::-1] == REVISIONS
    assert schema.head_revision() == REVISIONS[-1]


def test_a_newer_revision_is_refused_and_a_known_one_is_not() -> None:
    """The sentence names the revision and what to do."""
    for known in (None, *REVISIONS):
        refuse_unknown(known)
    with pytest.raises(StoreError, match=r"'0099'.*start that release"):
        refuse_unknown("0099")
