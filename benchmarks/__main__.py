"""All that is measured beside others, as one table: `python -m benchmarks [ROW ...] [--json FILE]`."""

import sys

from benchmarks.speed.command import main

if __name__ == "__main__":
    sys.exit(main())
