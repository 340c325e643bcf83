"""Verifies the code: asynchronous hazards, hedge-mode rules, and what v2 had.

With `--candidate NEW` (and `--baseline OLD`) it reads these trees and names what it finds there;
without, it is the code part of the verification of this checkout.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

TREE_OPTIONS = (
    "--candidate",
    "--baseline",
    "--sarif",
    "--json",
    "--known",
    "--write-known",
    "--reasons",
)

if __name__ == "__main__":
    ensure_environment()
    asked = [argument.partition("=")[0] for argument in sys.argv[1:]]
    if any(option in asked for option in TREE_OPTIONS):
        from readiness.codelint.cli import main

        raise SystemExit(main(["analyse", *sys.argv[1:]]))
    from readiness.door import open_door

    if "--help" in asked:
        sys.stdout.write("For any two trees: --candidate NEW [--baseline OLD] [--sarif FILE] ")
        sys.stdout.write(
            "[--json FILE] [--reasons FILE] [--known FILE] [--write-known FILE] [--linters]"
        )
        sys.stdout.write(" [--types]\n")
    open_door("verify_code")
