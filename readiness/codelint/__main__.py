"""`python -m readiness.codelint`."""

from __future__ import annotations

from readiness.codelint.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
