"""`python -m linnet` is the `linnet` command."""

import sys

from linnet.cli import main

sys.exit(main())
