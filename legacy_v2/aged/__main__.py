"""Make an aged v2 database: `python -m legacy_v2.aged --help`."""

import sys

from legacy_v2.aged.cli import main

sys.exit(main())
