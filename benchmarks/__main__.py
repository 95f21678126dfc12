"""`python -m benchmarks [ROW ...] [--json FILE] [--markdown FILE]`: all that is measured beside others, as one table."""

import sys

from benchmarks.command import main

if __name__ == "__main__":
    sys.exit(main())
