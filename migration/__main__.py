"""`python -m migration`: see `migration.cli`."""

from migration.cli import app

app(prog_name="python -m migration")
