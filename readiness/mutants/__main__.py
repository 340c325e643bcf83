"""`python -m readiness.mutants`, see `cli`; imported anew in every trial, so it imports nothing."""

from __future__ import annotations

if __name__ == "__main__":
    import typer

    from readiness.mutants.cli import main

    typer.run(main)
