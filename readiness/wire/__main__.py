"""Run our bot for the wire judge: `python -m readiness.wire --help`."""

import typer

from readiness.wire.own_bot import main

typer.run(main)
