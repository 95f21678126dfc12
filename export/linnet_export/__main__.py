"""`python -m linnet_export` is `linnet-export`."""

import sys

from linnet_export.cli import main

sys.exit(main())
