"""Run the v2 bot: `python -m legacy_v2 --help`."""

import sys

from legacy_v2.main import main

sys.exit(main())
