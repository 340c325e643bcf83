"""Runs what continuous integration runs; arguments go on to pytest, which then runs alone."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    from readiness.own_tests import run_own_tests

    sys.exit(run_own_tests(sys.argv[1:]))
