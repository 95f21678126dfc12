"""`python -m linnet_train` is `linnet-train`."""

import sys

from linnet_train.commands import main

sys.exit(main())
