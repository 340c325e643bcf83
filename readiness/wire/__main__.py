"""Judge any bot on the wire: `python -m readiness.wire --help`."""

import typer

from readiness.wire.command_line import main

typer.run(main)
