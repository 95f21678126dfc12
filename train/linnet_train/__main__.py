"""`python -m linnet_train` is `linnet-train`."""

import sys

from linnet_train.cli import main

sys.exit(main())
