#!/usr/bin/env bash
# Sets everything up and runs what CI runs: lint, format, types, import contracts, tests.
# Arguments go on to pytest, which then runs alone: ./run_tests.sh tests/unit -k embedded
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/scripts/interpreter.sh"
exec "$python" -I "$here/bot_trading/environment.py" "$here/scripts/own_tests.py" "$@"
