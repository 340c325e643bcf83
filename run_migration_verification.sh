#!/usr/bin/env bash
# Sets everything up, runs the whole verification and prints the verdict.
# Usage: ./run_migration_verification.sh [--quick] [--duration=SECONDS] [--output=FOLDER] [--config=FILE] [--profile]
# Exit code: 0 READY, 1 NEEDS_FIXES, 2 NOT_READY, 3 could not run.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/scripts/interpreter.sh"
exec "$python" -I "$here/bot_trading/environment.py" "$here/scripts/verify_migration.py" "$@"
